// Package podlog reads from the log of a container why it ended.
package podlog

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oplabs/op-stack-operator/pkg/redaction"
)

// Cause is why a program ended, by its own words.
type Cause struct {
	// Message is what it last had to say, as it may be told to everybody; empty where it said
	// nothing.
	Message string
	// DiskFull is set where it ended because its volume has too little room.
	DiskFull bool
}

// full are the words of a program whose volume has too little room: op-geth's before it ends with
// exit code 0 (cmd/utils/cmd.go, monitorFreeDiskSpace), and the system's (ENOSPC).
var full = []string{"low disk space. gracefully shutting down geth", "no space left on device"}

// CauseOf finds in the end of a log what the program last had to say: the last line that tells an
// error, or else the last line at all. A full disk comes before both, since other errors follow it.
func CauseOf(log []byte, endpoints ...string) Cause {
	var last, fault, disk string
	for line := range strings.Lines(string(log)) {
		words, isFault := read(strings.TrimSpace(line))
		said := redaction.Line(words, endpoints...)
		if said == "" {
			continue
		}
		last = said
		if isFault {
			fault = said
		}
		if isFull(words) {
			disk = said
		}
	}
	return Cause{Message: cmp.Or(disk, fault, last), DiskFull: disk != ""}
}

func isFull(said string) bool {
	said = strings.ToLower(said)
	for _, words := range full {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// record is a line of a log that our programs write: as JSON once they have read their flags
// (LOG_FORMAT, --log.format), as logfmt before.
type record struct {
	Level   string `json:"lvl"`
	Msg     string `json:"msg"`
	Err     any    `json:"err"`
	Error   any    `json:"error"`
	Message any    `json:"message"`
	Reason  any    `json:"reason"`
}

// faults are the levels of errors, as go-ethereum's log names them, and what others call them.
var faults = map[string]bool{"error": true, "eror": true, "crit": true, "fatal": true, "panic": true}

// cries begin lines with which a program ends that write no log: geth's Fatalf, Go's runtime, and
// the operator's own program in init containers.
var cries = []string{"Fatal: ", "panic: ", "fatal error: ", "error: "}

// read gives what a line says, and whether that is an error.
func read(line string) (said string, isFault bool) {
	var r record
	isJSON := strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &r) == nil && r.Msg != ""
	if isJSON || strings.Contains(line, "lvl=") && logfmt(line, &r) {
		return r.text(), faults[strings.ToLower(r.Level)]
	}
	return line, slices.ContainsFunc(cries, func(cry string) bool { return strings.HasPrefix(line, cry) })
}

func (r *record) text() string {
	parts := []string{r.Msg}
	for _, value := range []any{r.Err, r.Error, r.Message, r.Reason} {
		if text, ok := value.(string); ok && text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}

// pair is a key and a value of logfmt.
var pair = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|\S*)`)

func logfmt(line string, r *record) bool {
	for _, match := range pair.FindAllStringSubmatch(line, -1) {
		value := match[2]
		if plain, err := strconv.Unquote(value); err == nil {
			value = plain
		}
		switch match[1] {
		case "lvl":
			r.Level = value
		case "msg":
			r.Msg = value
		case "err", "error":
			r.Err = value
		case "message", "reason":
			r.Message = value
		}
	}
	return r.Msg != ""
}
