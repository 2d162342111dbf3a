// Command devcluster builds and runs a real single-node Kubernetes from Go
// modules and a handful of Debian packages, in a network namespace of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/binaries"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/image"
	"github.com/oplabs/op-stack-operator/hack/devcluster/internal/progress"
)

const usage = `usage: devcluster COMMAND

  build [NAME...]                 build what is missing into the cache
  assets                          print a directory with etcd, kube-apiserver and kubectl
  bin NAME                        print the path of one built program
  image --name REF --out FILE     make an image from nothing but static programs
  check                           say what is missing that cannot be installed
  up --state DIR [--name NAME]    bring a node up, or leave a running one alone
  load --state DIR FILE...        import images into the node
  kill --state DIR NAMESPACE/POD  send SIGKILL to the processes of a pod's containers
  down --state DIR                take the node down and leave nothing behind
`

// A command gets its arguments, and writes results to standard output and
// progress to the log.
type command func(ctx context.Context, args []string, log *progress.Log) error

var commands = map[string]command{
	"build":  runBuild,
	"assets": runAssets,
	"bin":    runBin,
	"image":  runImage,
	"check":  runCheck,
	"up":     runUp,
	"load":   runLoad,
	"kill":   runKill,
	"down":   runDown,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "devcluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return errors.New("name a command")
	}
	err := commands[args[0]](ctx, args[1:], progress.New(os.Stderr))
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

// openStore finds the sources in the working directory, or where this file was
// when it was compiled, so that `go -C hack/devcluster run .` and a built
// program both work.
func openStore(log *progress.Log) (*binaries.Store, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find sources: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "build", "kubernetes", "go.mod")); err != nil {
		if _, file, _, ok := runtime.Caller(0); ok {
			dir = filepath.Dir(file)
		}
	}
	return binaries.Open(dir, log)
}

func runBuild(ctx context.Context, args []string, log *progress.Log) error {
	store, err := openStore(log)
	if err != nil {
		return err
	}
	if err := store.Build(ctx, args...); err != nil {
		return err
	}
	log.Step("everything is built")
	return nil
}

func runAssets(ctx context.Context, _ []string, log *progress.Log) error {
	store, err := openStore(log)
	if err != nil {
		return err
	}
	dir, err := store.Assets(ctx)
	if err != nil {
		return err
	}
	fmt.Println(dir)
	return nil
}

func runBin(ctx context.Context, args []string, log *progress.Log) error {
	if len(args) != 1 {
		return fmt.Errorf("bin takes one name of: %s", strings.Join(binaries.Names(), ", "))
	}
	store, err := openStore(log)
	if err != nil {
		return err
	}
	path, err := store.Path(ctx, args[0])
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

func runImage(_ context.Context, args []string, log *progress.Log) error {
	spec := image.Spec{}
	var out, entrypoint string
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&spec.Name, "name", "", "reference with a tag, such as op-geth:v1")
	flags.StringVar(&out, "out", "", "archive to write")
	flags.StringVar(&spec.User, "user", image.NonRoot, "numeric user, or user:group")
	flags.StringVar(&entrypoint, "entrypoint", "", "comma-separated command (default: the first program)")
	flags.Func("binary", "static program, /path/on/host=/path/in/image (repeatable)", func(value string) error {
		program, err := image.ParseProgram(value)
		spec.Programs = append(spec.Programs, program)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if spec.Name == "" || out == "" || flags.NArg() > 0 {
		return errors.New("image needs --name REF and --out FILE, and nothing besides flags")
	}
	if entrypoint != "" {
		spec.Entrypoint = strings.Split(entrypoint, ",")
	}
	if err := image.Write(spec, out); err != nil {
		return err
	}
	log.Step("wrote image %s to %s", spec.Name, out)
	return nil
}
