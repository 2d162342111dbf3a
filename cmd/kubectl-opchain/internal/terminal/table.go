package terminal

import (
	"slices"
	"strings"
)

// Gap is what is between two columns.
const Gap = "  "

// Tone is what a text is painted for.
type Tone string

// Tones are colours of terminals (ECMA-48, Select Graphic Rendition).
const (
	Plain    Tone = ""
	Bad      Tone = "\x1b[31m"
	Doubtful Tone = "\x1b[33m"
	Good     Tone = "\x1b[32m"
	Unclear  Tone = "\x1b[36m"
	Bold     Tone = "\x1b[1m"
)

// Paint gives a clean text its tone, where there is colour.
func (s Style) Paint(text string, tone Tone) string {
	if !s.Colour || tone == Plain || text == "" {
		return text
	}
	return string(tone) + text + "\x1b[0m"
}

// Cell is one field of a table, with its lines.
type Cell struct {
	Lines []string
	Tone  Tone
}

// WriteRow writes cells side by side. Their lines must be clean and have the widths.
func WriteRow(out *strings.Builder, cells []Cell, widths []int, style Style) {
	height := 0
	for _, cell := range cells {
		height = max(height, len(cell.Lines))
	}
	for n := range height {
		var line strings.Builder
		owed := 0 // spaces, which no line ends with
		for column, cell := range cells {
			text := ""
			if n < len(cell.Lines) {
				text = cell.Lines[n]
			}
			if text != "" {
				line.WriteString(strings.Repeat(" ", owed) + style.Paint(text, cell.Tone))
				owed = 0
			}
			owed += widths[column] - Width(text) + len(Gap)
		}
		out.WriteString(line.String() + "\n")
	}
}

// Column is how one column of a Table is laid out.
type Column struct {
	Title string
	// Min is what the column may shrink to, where the table is too wide. 0 never shrinks.
	Min int
	// Cuts shortens every text to one line instead of wrapping it.
	Cuts bool
	// Drop leaves the column out where there is not enough room for all, the highest first. 0
	// never does.
	Drop int
}

// Field is what a Table shows in one column.
type Field struct {
	Text string
	Tone Tone
	// Cut shortens the text to one line instead of wrapping it.
	Cut bool
}

// Table is rows of texts below titles. Texts need not be clean.
type Table struct {
	Columns []Column
	Rows    []Row
}

// Row is one row of a Table.
type Row struct {
	Fields []Field
	// Notes are texts below the row, over the whole width.
	Notes []Field
}

// indent is before notes.
const indent = "  "

// Write lays the table out. Columns with nothing in them are left out.
func (t *Table) Write(out *strings.Builder, style Style) {
	shown, widths := t.fit(style.Width)
	titles := make([]Cell, len(shown))
	for i, column := range shown {
		titles[i] = Cell{Lines: []string{t.Columns[column].Title}, Tone: Bold}
	}
	WriteRow(out, titles, widths, style)
	for _, row := range t.Rows {
		cells := make([]Cell, len(shown))
		for i, column := range shown {
			cells[i] = t.cell(row, column, widths[i])
		}
		WriteRow(out, cells, widths, style)
		for _, note := range row.Notes {
			if note.Cut {
				note.Text = Cut(Clean(note.Text), style.Width-len(indent))
			}
			WriteText(out, note, indent, style)
		}
	}
}

func (t *Table) cell(row Row, column, width int) Cell {
	field := row.Fields[column]
	text := Clean(field.Text)
	if field.Cut || t.Columns[column].Cuts {
		return Cell{Lines: []string{Cut(text, width)}, Tone: field.Tone}
	}
	return Cell{Lines: Wrap(text, width), Tone: field.Tone}
}

// filled are the columns that have something in them.
func (t *Table) filled() []int {
	var shown []int
	for column := range t.Columns {
		if slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Fields[column].Text != "" }) {
			shown = append(shown, column)
		}
	}
	return shown
}

// fit chooses the columns that are shown, and their widths.
func (t *Table) fit(room int) (shown, widths []int) {
	shown = t.filled()
	for {
		widths, fits := t.widths(shown, room)
		most := -1
		for i, column := range shown {
			if drop := t.Columns[column].Drop; drop > 0 && (most < 0 || drop > t.Columns[shown[most]].Drop) {
				most = i
			}
		}
		if fits || most < 0 {
			return shown, widths
		}
		shown = slices.Delete(shown, most, most+1)
	}
}

// widths are as wide as the texts want, as long as there is room; then columns shrink that may.
func (t *Table) widths(shown []int, room int) (widths []int, fits bool) {
	widths = make([]int, len(shown))
	for i, column := range shown {
		widths[i] = Width(t.Columns[column].Title)
		for _, row := range t.Rows {
			widths[i] = max(widths[i], Width(Clean(row.Fields[column].Text)))
		}
		room -= widths[i]
		if i > 0 {
			room -= len(Gap)
		}
	}
	for ; room < 0; room++ {
		narrower := t.shrinking(shown, widths)
		if narrower < 0 {
			return widths, false
		}
		widths[narrower]--
	}
	return widths, true
}

// shrinking is the column that may best give up some of its width: one that is cut before one
// that is wrapped, else the widest. It is -1 where none may.
func (t *Table) shrinking(shown, widths []int) int {
	best := -1
	for i, column := range shown {
		c := &t.Columns[column]
		if c.Min == 0 || widths[i] <= max(c.Min, Width(c.Title)) {
			continue
		}
		if best < 0 || c.Cuts && !t.Columns[shown[best]].Cuts || c.Cuts == t.Columns[shown[best]].Cuts && widths[i] > widths[best] {
			best = i
		}
	}
	return best
}

// WriteText writes a text, wrapped, with something before its first line and as much space
// before the others.
func WriteText(out *strings.Builder, text Field, before string, style Style) {
	for i, line := range Wrap(Clean(text.Text), style.Width-Width(before)) {
		if i > 0 {
			before = strings.Repeat(" ", Width(before))
		}
		out.WriteString(strings.TrimRight(before+style.Paint(line, text.Tone), " ") + "\n")
	}
}
