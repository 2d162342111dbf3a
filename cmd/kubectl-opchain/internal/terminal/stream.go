// Package terminal lays text out for people: as wide as it may be, and safe to show.
package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Style is how text is shown.
type Style struct {
	// Width is how many columns a line may have.
	Width int
	// Colour paints what wants to be seen.
	Colour bool
}

// DefaultWidth is the width where there is no terminal.
const DefaultWidth = 100

// MinWidth is the least width that a table makes sense in.
const MinWidth = 72

// maxWidth is the most characters a line should have to be read with ease.
const maxWidth = 140

// Is reports whether a stream is a terminal.
func Is(to io.Writer) bool {
	file, ok := to.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// StyleOf is how text is shown on a stream: as wide as the terminal, in colour unless the
// environment says NO_COLOR (no-color.org).
func StyleOf(to io.Writer, getenv func(string) string) Style {
	file, ok := to.(*os.File)
	if !ok || !Is(to) {
		return Style{Width: DefaultWidth}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 0
	}
	return styleOn(width, getenv)
}

// HeightOf is how many lines a terminal shows; 0 where that is not known, or it is no terminal.
func HeightOf(to io.Writer) int {
	file, ok := to.(*os.File)
	if !ok {
		return 0
	}
	_, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return height
}

// styleOn is the style on a terminal of a width; 0 is unknown.
func styleOn(width int, getenv func(string) string) Style {
	style := Style{Width: DefaultWidth, Colour: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
	if width > 0 {
		style.Width = min(width, maxWidth)
	}
	return style
}

// patience is how long something may take before it is said what it is.
const patience = time.Second

// Progress says on a terminal what takes longer than a second, until stop is called. On
// anything else it says nothing.
func Progress(to io.Writer, what string) (stop func()) {
	if !Is(to) {
		return func() {}
	}
	return progress(to, what, func(say func()) { time.AfterFunc(patience, say) })
}

// progress says what it is when later calls back, if that is before stop.
func progress(to io.Writer, what string, later func(say func())) (stop func()) {
	var mu sync.Mutex
	shown, over := false, false
	later(func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			shown = true
			fmt.Fprintf(to, "%s …", Clean(what))
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if shown && !over {
			fmt.Fprint(to, "\r\x1b[K") // back to the start of the line, and erase it
		}
		over = true
	}
}
