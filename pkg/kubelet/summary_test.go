package kubelet

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oplabs/op-stack-operator/pkg/status"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// volume is one volume of a Summary, as a kubelet writes it. A part of its file system is root's.
func volume(namespace, name, at string, capacity, available uint64) string {
	return fmt.Sprintf(`{"time":%q,"availableBytes":%d,"capacityBytes":%d,"usedBytes":%d,"inodesFree":1,"inodes":2,"inodesUsed":1,"name":"data","pvcRef":{"name":%q,"namespace":%q}}`,
		at, available, capacity+5, capacity-available, name, namespace)
}

// summary is a Summary with one pod for each list of volumes.
func summary(pods ...string) string {
	for i, volumes := range pods {
		pods[i] = `{"podRef":{"name":"p","namespace":"n","uid":"u"},"startTime":"2026-11-20T11:00:00Z","containers":[{"name":"c","cpu":{"usageNanoCores":1}}],"volume":[` + volumes + `]}`
	}
	return `{"node":{"nodeName":"a","fs":{"capacityBytes":5},"runtime":{}},"pods":[` + strings.Join(pods, ",") + `]}`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const eleven, past, future = "2026-11-20T11:59:00Z", "2026-11-20T11:58:00Z", "2030-01-01T00:00:00Z"
	at := noon.Add(-time.Minute)
	geth, node := claim{"rollups", "alpha-op-geth"}, claim{"rollups", "alpha-op-node"}
	cases := map[string]struct {
		body string
		want map[claim]status.Usage
	}{
		"two pods": {
			summary(volume("rollups", "alpha-op-geth", eleven, 100, 30), volume("rollups", "alpha-op-node", eleven, 50, 50)+`,{"name":"tmp","usedBytes":1}`),
			map[claim]status.Usage{geth: {Used: 70, Capacity: 100, At: at}, node: {Used: 0, Capacity: 50, At: at}},
		},
		"no pods":          {summary(), map[claim]status.Usage{}},
		"null for no pods": {`{"node":{},"pods":null}`, map[claim]status.Usage{}},
		"nothing":          {`{}`, map[claim]status.Usage{}},
		"unknown fields":   {`{"later":[{"a":[1,{}]}],"pods":[{"volume":[` + volume("rollups", "alpha-op-geth", eleven, 2, 1) + `],"x":1}],"z":null}`, map[claim]status.Usage{geth: {Used: 1, Capacity: 2, At: at}}},
		"of the future":    {summary(volume("rollups", "alpha-op-geth", future, 2, 1)), map[claim]status.Usage{geth: {Used: 1, Capacity: 2, At: noon}}},
		"without a time":   {summary(`{"availableBytes":1,"usedBytes":1,"pvcRef":{"name":"alpha-op-geth","namespace":"rollups"}}`), map[claim]status.Usage{geth: {Used: 1, Capacity: 2, At: noon}}},
		"null for a time":  {summary(`{"time":null,"availableBytes":1,"usedBytes":1,"pvcRef":{"name":"alpha-op-geth","namespace":"rollups"}}`), map[claim]status.Usage{geth: {Used: 1, Capacity: 2, At: noon}}},
		"the newer counts": {
			summary(volume("rollups", "alpha-op-geth", eleven, 2, 1), volume("rollups", "alpha-op-geth", past, 2, 0)),
			map[claim]status.Usage{geth: {Used: 1, Capacity: 2, At: at}},
		},
		"a volume of no size":     {summary(volume("rollups", "alpha-op-geth", eleven, 0, 0)), map[claim]status.Usage{}},
		"more than there can be":  {summary(volume("rollups", "alpha-op-geth", eleven, 1<<63, 0)), map[claim]status.Usage{}},
		"what is free is unknown": {summary(`{"capacityBytes":2,"usedBytes":1,"pvcRef":{"name":"alpha-op-geth","namespace":"rollups"}}`), map[claim]status.Usage{}},
		"what is used is unknown": {summary(`{"availableBytes":2,"capacityBytes":2,"pvcRef":{"name":"alpha-op-geth","namespace":"rollups"}}`), map[claim]status.Usage{}},
		"a name that is too long": {summary(volume("rollups", strings.Repeat("a", 254), eleven, 2, 1)), map[claim]status.Usage{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(strings.NewReader(tc.body), noon)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("decode() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	whole := summary(volume("rollups", "alpha-op-geth", "2026-11-20T11:59:00Z", 2, 1))
	endless := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text), repeat(" ")) }
	cases := map[string]struct {
		body    io.Reader
		wantErr string
	}{
		"nothing":             {strings.NewReader(""), "read the answer: EOF"},
		"a page for people":   {strings.NewReader("<html>"), "read the answer: invalid character '<'"},
		"a list":              {strings.NewReader("[]"), "expected {"},
		"half of it":          {strings.NewReader(whole[:len(whole)-3]), "EOF"},
		"half of its head":    {strings.NewReader(`{"node":{"a"`), "EOF"},
		"pods that are none":  {strings.NewReader(`{"pods":{"volume":[]}}`), "expected a list of pods, got json.Delim"},
		"a pod that is none":  {strings.NewReader(`{"pods":[7]}`), "cannot unmarshal number"},
		"less than nothing":   {strings.NewReader(`{"pods":[{"volume":[{"usedBytes":-1}]}]}`), "cannot unmarshal number -1"},
		"a time that is none": {strings.NewReader(`{"pods":[{"volume":[{"time":"noon"}]}]}`), "cannot parse"},
		"deep":                {repeat(`{"pods":[{"volume":[`), ""},
		"deep elsewhere":      {io.MultiReader(strings.NewReader(`{"node":`), repeat("[")), "exceeded max depth"},
		"endless space":       {endless(`{"pods":`), errTooLarge.Error()},
		"an endless string":   {io.MultiReader(strings.NewReader(`{"node":"`), repeat("a")), errTooLarge.Error()},
		"endless pods":        {io.MultiReader(strings.NewReader(`{"pods":[{}`), repeat(",{}")), errTooMany.Error()},
		"endless large pods":  {io.MultiReader(strings.NewReader(`{"pods":[{}`), repeat(`,{"x":"`+strings.Repeat("a", 1<<20)+`"}`)), errTooLarge.Error()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(tc.body, noon)
			if err == nil || !strings.Contains(err.Error(), tc.wantErr) || got != nil {
				t.Errorf("decode() = %d volumes, %v; want error %q", len(got), err, tc.wantErr)
			}
		})
	}
}

// TestDecodeKeepsNotEverything has one node with more volumes than a node can have.
func TestDecodeKeepsNotEverything(t *testing.T) {
	t.Parallel()
	var volumes []string
	for i := range maxClaims + 100 {
		volumes = append(volumes, volume("n", fmt.Sprintf("c%d", i), "2026-11-20T11:59:00Z", 2, 1))
	}
	got, err := decode(strings.NewReader(summary(strings.Join(volumes, ","))), noon)
	if err != nil || len(got) != maxClaims {
		t.Errorf("decode() = %d volumes, %v; want %d", len(got), err, maxClaims)
	}
}

// repeat gives a text for ever.
func repeat(text string) io.Reader { return &repeated{text: text} }

type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", `{"pods":null}`, `{"pods":[{"volume":[{"pvcRef":null}]}]}`, summary(),
		summary(volume("n", "c", "2026-11-20T11:59:00Z", 2, 1)), summary(volume("n", "c", "9999-12-31T23:59:59Z", 1<<63, 1)),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		volumes, err := decode(strings.NewReader(string(body)), noon)
		if err != nil && volumes != nil {
			t.Errorf("decode(%q) gives volumes and %v", body, err)
		}
		for name, u := range volumes {
			if u.Used < 0 || u.Capacity <= 0 || u.Used > u.Capacity || u.At.After(noon) || u.At.IsZero() {
				t.Errorf("decode(%q): %v is %+v", body, name, u)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	pods := make([]string, 110)
	for i := range pods {
		pods[i] = volume("n", fmt.Sprintf("c%d", i), "2026-11-20T11:59:00Z", 2, 1)
	}
	body := summary(pods...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if volumes, err := decode(strings.NewReader(body), noon); err != nil || len(volumes) != len(pods) {
			b.Fatal(len(volumes), err)
		}
	}
}
