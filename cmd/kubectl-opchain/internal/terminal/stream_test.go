package terminal

import (
	"bytes"
	"testing"
)

func TestStyleOnTerminal(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		width int
		env   map[string]string
		want  Style
	}{
		"narrow":        {80, nil, Style{Width: 80, Colour: true}},
		"very wide":     {400, nil, Style{Width: maxWidth, Colour: true}},
		"unknown width": {0, nil, Style{Width: DefaultWidth, Colour: true}},
		"no colour":     {80, map[string]string{"NO_COLOR": "1"}, Style{Width: 80}},
		"dumb":          {80, map[string]string{"TERM": "dumb"}, Style{Width: 80}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := styleOn(c.width, func(key string) string { return c.env[key] }); got != c.want {
				t.Errorf("style %+v, want %+v", got, c.want)
			}
		})
	}
}

// Progress is said when its time comes, and wiped out once; never after the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	stop := progress(&out, "hashing\r\x1b[2J", func(say func()) { say() })
	stop()
	stop()
	if want := "hashing  [2J …\r\x1b[K"; out.String() != want {
		t.Errorf("slow: %q, want %q", out.String(), want)
	}
	out.Reset()
	var late func()
	stop = progress(&out, "hashing", func(say func()) { late = say })
	stop()
	late()
	if out.Len() > 0 {
		t.Errorf("quick: %q", out.String())
	}
}

func TestNoTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if style := StyleOf(&out, func(string) string { return "" }); style != (Style{Width: DefaultWidth}) {
		t.Errorf("style %+v", style)
	}
	Progress(&out, "counting")()
	if out.Len() > 0 {
		t.Errorf("progress on what is no terminal: %q", out.String())
	}
}
