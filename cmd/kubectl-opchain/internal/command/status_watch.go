package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/overview"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/terminal"
	"github.com/oplabs/op-stack-operator/cmd/kubectl-opchain/internal/vigil"
)

const (
	// watchPause is the least time between two screens, for who reads them and for the API server.
	watchPause = 2 * time.Second
	// watchRefresh is the most time between two on a terminal, where ages go on.
	watchRefresh = 10 * time.Second
	// watchRetry is the time between two tries to reach the API server.
	watchRetry = 2 * time.Second

	// clearScreen erases a terminal and goes to its upper left corner (ECMA-48, ED and CUP).
	clearScreen = "\x1b[2J\x1b[H"
)

// watching shows chains again and again.
type watching struct {
	*statusRun
	from     client.Reader
	terminal bool
	height   func() int // lines that the terminal shows; 0 is unknown

	last   []*overview.Sources // as they could last be read
	shape  []byte              // of what was last shown
	read   time.Time           // of last
	failed string              // why reading failed, the last time
}

// keep shows chains whenever they change, until it is interrupted.
func (s *statusRun) keep(ctx context.Context, from client.WithWatch) error {
	w := &watching{statusRun: s, from: from, terminal: terminal.Is(s.env.Streams.Out) && s.output == "table"}
	w.height = func() int { return terminal.HeightOf(s.env.Streams.Out) }
	err := w.vigil(s.query.Follow(from)).Keep(ctx)
	gone := (*overview.GoneError)(nil)
	if errors.As(err, &gone) && w.shape != nil {
		fmt.Fprintf(s.env.Streams.ErrOut, "OPChain %s is deleted\n", gone.Name)
		return nil
	}
	return err
}

// vigil shows chains after changes, and on a terminal now and then.
func (w *watching) vigil(sources []vigil.Source) *vigil.Vigil {
	v := &vigil.Vigil{Sources: sources, Do: w.show, Pause: watchPause, Retry: watchRetry}
	if w.terminal {
		v.Refresh = watchRefresh
	}
	return v
}

// show reads the chains and shows them: on a terminal always, for time goes on; elsewhere where
// anything else has changed. Where they cannot be read any more, it shows what was last read.
func (w *watching) show(ctx context.Context) (again bool, err error) {
	gone := (*overview.GoneError)(nil)
	sources, err := overview.Read(ctx, w.from, w.query)
	switch {
	case err == nil:
		w.last, w.read, w.failed = sources, w.env.Clock.Now(), ""
	case w.read.IsZero() || errors.As(err, &gone) || ctx.Err() != nil:
		return false, err
	default:
		return true, w.tell(err)
	}
	shape, err := shapeOf(sources)
	if err != nil || !w.terminal && w.shape != nil && bytes.Equal(shape, w.shape) {
		return false, err
	}
	first := w.shape == nil
	w.shape = shape
	return false, w.write(first, "")
}

// tell says that the chains cannot be read: on a terminal below them, elsewhere once.
func (w *watching) tell(err error) error {
	if w.terminal {
		return w.write(false, fmt.Sprintf("! not read for %s, trying again: %v", w.env.Clock.Since(w.read).Round(time.Second), err))
	}
	if w.failed == err.Error() {
		return nil
	}
	w.failed = err.Error()
	fmt.Fprintln(w.env.Streams.ErrOut, "trying again:", terminal.Clean(w.failed))
	return nil
}

// write writes what was last read in one piece, so that a terminal does not flicker, and as much of
// it as that shows.
func (w *watching) write(first bool, note string) error {
	shown, err := w.shown(w.last)
	if err != nil {
		return err
	}
	style := terminal.StyleOf(w.env.Streams.Out, w.env.Getenv)
	text, below := string(shown), strings.Builder{}
	if len(w.last) == 0 && w.output == "table" {
		text += w.none() + "\n"
	}
	if note != "" {
		terminal.WriteText(&below, terminal.Field{Text: note, Tone: terminal.Bad}, "", style)
	}
	switch {
	case w.terminal:
		text = clearScreen + terminal.Limit(text, below.String(), w.height(), style)
	case !first && w.output == "table":
		text = "--- " + w.env.Clock.Now().UTC().Format(time.RFC3339) + "\n" + text
	}
	if _, err := w.env.Streams.Out.Write([]byte(text)); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}

// shapeOf tells whether chains have changed by more than time going on: it looks at them at
// one time.
func shapeOf(sources []*overview.Sources) ([]byte, error) {
	shape := []byte{}
	for _, of := range sources {
		data, err := json.Marshal(overview.Of(of, time.Unix(0, 0)))
		if err != nil {
			return nil, fmt.Errorf("compare status: %w", err)
		}
		shape = append(shape, data...)
	}
	return shape, nil
}
