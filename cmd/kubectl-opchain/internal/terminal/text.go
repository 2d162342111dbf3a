package terminal

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Clean keeps what came from elsewhere from moving the cursor or hiding text.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// Width is how many columns a clean text takes. Marks that combine count as one, so that it
// never says too little.
func Width(text string) int {
	columns := 0
	for _, r := range text {
		columns += columnsOf(r)
	}
	return columns
}

func columnsOf(r rune) int {
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// Cut shortens a text to a number of columns; an ellipsis says so.
func Cut(text string, columns int) string {
	text = strings.TrimRight(text, " ")
	if Width(text) <= columns {
		return text
	}
	head := fitting([]rune(text), max(columns-1, 0))
	return strings.TrimRight(string(head), " ") + "…"
}

// Wrap breaks a text into lines of a number of columns: between words, else in one that is too
// long, after a dot, slash or hyphen if it can be.
func Wrap(text string, columns int) []string {
	columns = max(columns, 2) // the widest rune
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for line != "" && Width(line)+1+Width(word) > columns {
			lines, line = append(lines, line), ""
		}
		for line == "" && Width(word) > columns {
			head, tail := split(word, columns)
			lines, word = append(lines, head), tail
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// split cuts a word that has more columns than there are.
func split(word string, columns int) (head, tail string) {
	runes := []rune(word)
	at := len(fitting(runes, columns))
	for i := at; i > columns/4; i-- {
		if slices.Contains([]rune("./-_"), runes[i-1]) {
			at = i
			break
		}
	}
	return string(runes[:at]), string(runes[at:])
}

// fitting are the first runes, as many as the columns take.
func fitting(runes []rune, columns int) []rune {
	for i, r := range runes {
		if columns -= columnsOf(r); columns < 0 {
			return runes[:i]
		}
	}
	return runes
}
