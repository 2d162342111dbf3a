// The manager runs the operator. As "manager unpack" it runs inside a chain's pods instead
// and unpacks the genesis.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	run := runManager
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "unpack" {
		run, args = runUnpack, args[1:]
	}
	os.Exit(exitStatus(run(args, os.Stderr), os.Stderr))
}

// exitStatus tells the error, if there is one. Asking for help is none.
func exitStatus(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, "error:", err)
	return 1
}

// parse reads flags. A word that is no flag is a mistake: a role that is misspelt would start
// the manager.
func parse(flags *flag.FlagSet, args []string, stderr io.Writer) error {
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return nil
}
