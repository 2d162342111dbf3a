package podlog

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const (
	jsonInfo   = `{"t":"2026-11-20T10:00:00Z","lvl":"info","msg":"Starting","version":"v1.19.6"}` + "\n"
	jsonWarn   = `{"t":"2026-11-20T10:00:01Z","lvl":"warn","msg":"Disk space is running low. Geth will shutdown if disk space runs below critical level.","available":"3 GiB"}` + "\n"
	jsonError  = `{"t":"2026-11-20T10:00:01Z","lvl":"error","msg":"Engine failed","err":"connection refused"}` + "\n"
	jsonCrit   = `{"t":"2026-11-20T10:00:02Z","lvl":"crit","msg":"Application failed","message":"failed to setup: expected L2 genesis hash to match"}` + "\n"
	logfmtCrit = `t=2026-11-20T10:00:02+0000 lvl=crit msg="Application failed" message="flag \"--l1\" is required"` + "\n"
	lowDisk    = `{"t":"2026-11-20T10:00:02Z","lvl":"error","msg":"Low disk space. Gracefully shutting down Geth to prevent database corruption.","available":"1.00 GiB","path":"/data"}` + "\n"
	trace      = "panic: runtime error: index out of range [1] with length 0\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:7 +0x1d\nexit status 2\n"
	apiKey     = "sk-0123456789"
	l1         = "https://eth.example/v2/" + apiKey
	signingKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
)

func TestCauseOf(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		log  string
		want Cause
	}{
		"nothing":                       {"", Cause{}},
		"blank lines":                   {"\n \n", Cause{}},
		"op-node's last word":           {jsonInfo + jsonError + jsonCrit, Cause{Message: "Application failed: failed to setup: expected L2 genesis hash to match"}},
		"an error before other lines":   {jsonError + jsonInfo + jsonInfo, Cause{Message: "Engine failed: connection refused"}},
		"no error":                      {jsonInfo, Cause{Message: "Starting"}},
		"before the log is set up":      {"Incorrect Usage: x\n" + logfmtCrit, Cause{Message: `Application failed: flag "--l1" is required`}},
		"geth's Fatalf":                 {jsonInfo + "Fatal: Failed to write genesis block: database contains incompatible genesis\n", Cause{Message: "Fatal: Failed to write genesis block: database contains incompatible genesis"}},
		"a panic and its trace":         {jsonInfo + trace, Cause{Message: "panic: runtime error: index out of range [1] with length 0"}},
		"the operator's helper":         {"error: download from files.example: 404 Not Found\n", Cause{Message: "error: download from files.example: 404 Not Found"}},
		"a plain last line":             {jsonInfo + "flag provided but not defined: -x", Cause{Message: "flag provided but not defined: -x"}},
		"op-geth's volume is full":      {jsonInfo + lowDisk + jsonInfo + jsonError, Cause{Message: "Low disk space. Gracefully shutting down Geth to prevent database corruption.", DiskFull: true}},
		"op-geth's volume becomes full": {jsonWarn, Cause{Message: "Disk space is running low. Geth will shutdown if disk space runs below critical level."}},
		"the system says so":            {`{"lvl":"crit","msg":"Failed to store","err":"write /data/1.ldb: no space left on device"}`, Cause{Message: "Failed to store: write /data/1.ldb: no space left on device", DiskFull: true}},
		"JSON that is no log":           {`{"a":1}`, Cause{Message: `{"a":1}`}},
		"a line that was cut":           {`{"lvl":"error","msg":"x","err":"Post \"` + l1, Cause{Message: `{"lvl":"error","msg":"x","err":"Post \"https://…`}},
		"the URL of L1":                 {`{"lvl":"crit","msg":"Application failed","message":"failed to dial \"` + l1 + `\": 401"}`, Cause{Message: `Application failed: failed to dial "https://…": 401`}},
		"a part of that URL":            {"Fatal: 401 for key " + apiKey, Cause{Message: "Fatal: 401 for key …"}},
		"a URL in JSON's escapes":       {`{"lvl":"error","msg":"dial wss:\/\/other.example\/` + apiKey + `"`, Cause{Message: `{"lvl":"error","msg":"dial wss://…"`}},
		"a key":                         {"Fatal: invalid key 0x" + signingKey, Cause{Message: "Fatal: invalid key …"}},
		"what is not text":              {"Fatal: \xff\x00\x1b[31mred", Cause{Message: "Fatal: [31mred"}},
		"an error that is no text":      {`{"lvl":"error","msg":"odd","err":{"code":1}}`, Cause{Message: "odd"}},
		"an error without letters":      {jsonInfo + `{"lvl":"error","msg":"\u0000"}`, Cause{Message: "Starting"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, CauseOf([]byte(tc.log), l1)); diff != "" {
				t.Errorf("CauseOf() (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzCauseOf(f *testing.F) {
	for _, seed := range []string{"", jsonInfo + jsonCrit, logfmtCrit, lowDisk, trace, `{"lvl":"error","msg":"\ud800"}`, "lvl=error msg=\"", "{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		if strings.Contains(string(log), apiKey) || strings.Contains(string(log), "…") {
			t.Skip("it says itself what is hidden")
		}
		secret := "\n" + `{"lvl":"crit","msg":"end","err":"dial ` + l1 + ` with ` + signingKey + `"}`
		got := CauseOf(append(log, secret...), l1)
		if len(got.Message) > 512 || !utf8.ValidString(got.Message) || strings.ContainsAny(got.Message, "\n\r\t\x00\x1b") {
			t.Errorf("CauseOf(%q) = %q", log, got.Message)
		}
		if strings.Contains(got.Message, apiKey) || strings.Contains(got.Message, signingKey) || got.Message == "" {
			t.Errorf("CauseOf(%q) tells %q", log, got.Message)
		}
	})
}
