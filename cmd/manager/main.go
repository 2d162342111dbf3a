// The manager runs the operator. As "manager unpack" it runs inside a chain's pods instead
// and unpacks the genesis.
package main

import (
	"fmt"
	"os"
)

func main() {
	run := runManager
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "unpack" {
		run, args = runUnpack, args[1:]
	}
	if err := run(args); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
