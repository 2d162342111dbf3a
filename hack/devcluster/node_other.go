//go:build !linux

package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

// A node is made of Linux namespaces and control groups. Programs and images
// can be built anywhere.
func needsLinux(context.Context, []string, *progress.Log) error {
	return fmt.Errorf("a Kubernetes node cannot run here: it needs Linux, this is %s", runtime.GOOS)
}

var runCheck, runUp, runLoad, runKill, runDown command = needsLinux, needsLinux, needsLinux, needsLinux, needsLinux
