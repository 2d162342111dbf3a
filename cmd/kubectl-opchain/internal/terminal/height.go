package terminal

import (
	"fmt"
	"regexp"
	"strings"
)

// Limit cuts a screen to the lines that a terminal shows, for what comes first matters most. The
// last line says how many are hidden. Below it goes what is always shown. A height of 0 is unknown.
func Limit(screen, below string, height int, style Style) string {
	if height <= 0 {
		return screen + below
	}
	room := max(height-1-rows(below, style.Width), 0) // the cursor stands below the last line
	if rows(screen, style.Width) <= room {
		return screen + below
	}
	lines := strings.SplitAfter(strings.TrimSuffix(screen, "\n"), "\n")
	room-- // for the line that says what is hidden
	shown := 0
	for shown < len(lines) && rows(lines[shown], style.Width) <= room {
		room -= rows(lines[shown], style.Width)
		shown++
	}
	hidden := "… 1 more line, for which the terminal is too low"
	if n := len(lines) - shown; n > 1 {
		hidden = fmt.Sprintf("… %d more lines, for which the terminal is too low", n)
	}
	return strings.Join(lines[:shown], "") + style.Paint(Cut(hidden, style.Width), Unclear) + "\n" + below
}

// painting is how Paint begins and ends a tone, which takes no column.
var painting = regexp.MustCompile("\x1b\\[[0-9]+m")

// rows is how many lines of a terminal a text takes that ends with a line break: what is wider than the
// terminal goes on in the next.
func rows(text string, width int) int {
	taken := 0
	for line := range strings.Lines(text) {
		columns := Width(painting.ReplaceAllString(strings.TrimSuffix(line, "\n"), ""))
		taken += max((columns+width-1)/max(width, 1), 1)
	}
	return taken
}
