package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/cluster"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/deployment"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/input"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/intake"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/report"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/review"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
)

// run imports.
//
//  1. Read the deployment and see which Secrets are there.
//  2. Make the objects.
//  3. Judge them; refuse on errors, and where a Secret would be overwritten.
//  4. Let the API server judge all of them before the first is written, then apply.
func (i *importing) run(ctx context.Context) error {
	if err := i.settle(); err != nil {
		return err
	}
	made, err := i.read()
	if err != nil {
		return err
	}
	var target *cluster.Cluster
	existing := map[string]*corev1.Secret{}
	if i.dryRun != "client" {
		if target, err = clusterOf(i.kube); err != nil {
			return err
		}
		names := slices.Sorted(maps.Values(intake.SecretNames(i.options.Name)))
		if existing, err = target.Secrets(ctx, i.options.Namespace, names); err != nil {
			return err
		}
	}
	i.options.JWTKept = made.Files[input.JWT] == nil && existing[intake.SecretNames(i.options.Name)[input.JWT]] != nil
	objects, err := intake.Make(made, &i.options, i.env.Random)
	if err != nil {
		return err
	}
	if err := i.judge(ctx, objects, existing, target); err != nil {
		return err
	}
	differing := cluster.Differing(existing, objects.Secrets)
	if len(differing) > 0 && !i.overwrite {
		return &refusal{fmt.Errorf("import %s: Secret %s exists with other content, which may be in use: choose another name for the chain, or give --overwrite",
			i.options.Name, strings.Join(slices.Sorted(maps.Keys(differing)), " and Secret "))}
	}
	return i.write(ctx, objects, differing, target)
}

// read reads the deployment.
func (i *importing) read() (*deployment.Deployment, error) {
	defer terminal.Progress(i.env.Streams.ErrOut, "reading "+i.from)()
	from := &deployment.Sources{
		Paths: map[input.Kind]string{}, State: i.state, WithoutKeys: i.replica, WithoutGenesis: i.options.RegistryChain != "",
	}
	for kind, path := range i.files {
		from.Paths[kind] = *path
	}
	return deployment.Read(i.from, from)
}

// judge shows what the checks find on the error stream, because objects may go to the other.
func (i *importing) judge(ctx context.Context, objects *intake.Objects, existing map[string]*corev1.Secret, target *cluster.Cluster) error {
	reviewer, err := review.New(i.env.Clock)
	if err != nil {
		return err
	}
	in := review.Inputs{
		Namespace: i.options.Namespace, Files: objects.Files, Secrets: slices.Clone(objects.Secrets),
		Cures: review.Cures{Secret: "it is not read with --dry-run=client", L1: "leave --ask-l1=false out"},
	}
	if jwt := intake.SecretNames(i.options.Name)[input.JWT]; i.options.JWTKept {
		in.Secrets = append(in.Secrets, existing[jwt])
	}
	if target != nil {
		in.Cluster = target.Reader()
	}
	if i.askL1 {
		in.Cures.L1 = in.Cures.Secret // only a Secret can be out of reach
		in.L1 = review.L1{URL: i.options.L1RPC.URL, Flag: i.rpcWhere, FromSpec: i.options.L1RPC.Secret != nil, Timeout: i.timeout}
	}
	object, err := i.merged(ctx, objects.Chain, target)
	if err != nil {
		return err
	}
	stop := terminal.Progress(i.env.Streams.ErrOut, "checking "+i.options.Name)
	found, err := reviewer.Review(ctx, object, in)
	stop()
	if err != nil {
		return err
	}
	if err := report.Write(i.env.Streams.ErrOut, found, terminal.StyleOf(i.env.Streams.ErrOut, i.env.Getenv)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if found.Count(v1alpha1.SeverityError) > 0 {
		return &refusal{fmt.Errorf("import %s: nothing was applied: correct the errors; where a check is wrong about your chain, give --ignore CODE", i.options.Name)}
	}
	return nil
}

// merged is the chain as it will be in the cluster, with the fields that others have set. Where the
// API server does not tell, because it refuses the chain, it is the chain as it was made: the checks
// may say more of why, and if they do not, apply will.
func (i *importing) merged(ctx context.Context, chain *v1alpha1.OPChain, target *cluster.Cluster) (map[string]any, error) {
	made, err := unstructuredOf(chain)
	if err != nil || target == nil {
		return made, err
	}
	object := (&unstructured.Unstructured{Object: made}).DeepCopy()
	if refused := target.Apply(ctx, object, cluster.How{DryRun: true, Force: i.force}); refused == nil {
		made = object.Object
	}
	return made, nil
}

// write applies the objects and prints them, or what was done.
func (i *importing) write(ctx context.Context, objects *intake.Objects, differing map[string]*corev1.Secret, target *cluster.Cluster) error {
	printer, err := i.printer()
	if err != nil {
		return err
	}
	all, err := listed(objects)
	if err != nil {
		return err
	}
	if target != nil {
		if err := i.apply(ctx, all, differing, target); err != nil {
			return err
		}
	}
	for _, object := range all {
		if err := printer.PrintObj(object, i.env.Streams.Out); err != nil {
			return fmt.Errorf("write %s: %w", object.GetName(), err)
		}
	}
	return nil
}

// listed are the objects in the order in which they are applied: the chain last, so that the
// operator finds its inputs.
func listed(objects *intake.Objects) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, secret := range objects.Secrets {
		fields, err := unstructuredOf(secret)
		if err != nil {
			return nil, err
		}
		all = append(all, &unstructured.Unstructured{Object: fields})
	}
	fields, err := unstructuredOf(objects.Chain)
	if err != nil {
		return nil, err
	}
	return append(all, &unstructured.Unstructured{Object: fields}), nil
}

// apply lets the API server judge every object, and writes them when it takes them all. It may
// take one back by then: what was written stays, and is told.
func (i *importing) apply(ctx context.Context, all []*unstructured.Unstructured, differing map[string]*corev1.Secret, target *cluster.Cluster) error {
	rounds := []bool{true, false}
	if i.dryRun == "server" {
		rounds = rounds[:1]
	}
	for _, dryRun := range rounds {
		var done []string
		for _, object := range all {
			err := i.send(ctx, object, differing, target, dryRun)
			if err != nil && !dryRun && len(done) > 0 {
				return fmt.Errorf("%w: applied by then: %s: correct that and import again", err, strings.Join(done, ", "))
			}
			if err != nil {
				return err
			}
			done = append(done, object.GetKind()+" "+object.GetName())
		}
	}
	return nil
}

// send sends one object. A Secret's content is never forced upon what others own, because that may
// be in use: one that differs was given up by the user, and is replaced.
func (i *importing) send(ctx context.Context, object *unstructured.Unstructured, differing map[string]*corev1.Secret, target *cluster.Cluster, dryRun bool) error {
	isSecret := object.GetKind() == "Secret"
	if former := differing[object.GetName()]; isSecret && former != nil {
		return target.Replace(ctx, former, object, dryRun)
	}
	return target.Apply(ctx, object.DeepCopy(), cluster.How{DryRun: dryRun, Force: i.force && !isSecret})
}

// printer shows objects as kubectl does: what was done to each, or with -o the whole object.
func (i *importing) printer() (printers.ResourcePrinter, error) {
	switch i.output {
	case "yaml":
		return &printers.YAMLPrinter{}, nil
	case "json":
		return &printers.JSONPrinter{}, nil
	case "name":
		return &printers.NamePrinter{ShortOutput: true}, nil
	case "":
		done := map[string]string{"none": "serverside-applied", "server": "serverside-applied (server dry run)", "client": "created (dry run)"}
		return &printers.NamePrinter{Operation: done[i.dryRun]}, nil
	}
	return nil, errors.New("there is no such output format")
}
