package genesis

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/oplabs/op-stack-operator/internal/testenv/superchain"
)

// peak gives how large the heap got, in bytes beyond what it was before, while do ran. gcPercent
// is how much garbage there may be beside what is held.
func peak(gcPercent int, do func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapAlloc, stats.HeapAlloc
	done, seen := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(seen)
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapAlloc)
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	do()
	close(done)
	<-seen
	runtime.ReadMemStats(&stats)
	return max(most, stats.HeapAlloc) - before
}

// measure reads a document again and again. peak-MB is how large the heap gets with Go's usual
// amount of garbage, held-MB with little of it.
func measure(b *testing.B, data []byte, limit int64, wantErr string) {
	b.Helper()
	read := func() {
		if _, err := Read(bytes.NewReader(data), limit); fmt.Sprint(err) != wantErr {
			b.Fatalf("Read() error = %v, want %s", err, wantErr)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
	b.ReportMetric(float64(peak(100, read))/1e6, "peak-MB")
	b.ReportMetric(float64(peak(5, read))/1e6, "held-MB")
}

// gzipOf packs what parts give.
func gzipOf(b *testing.B, parts ...io.Reader) []byte {
	b.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = io.Copy(w, io.MultiReader(parts...))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// endless repeats a text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

func many(text string, size int64) io.Reader { return io.LimitReader(&endless{text: text}, size) }

// benchLimit is the limit that the operator sets.
const benchLimit = 256 << 20

// BenchmarkRead reads what chains have: the usual 9 MB, and the largest of the registry.
func BenchmarkRead(b *testing.B) {
	a := openRegistry(b, superchain.Newest)
	for _, name := range []string{"sepolia/op", "mainnet/unichain", "mainnet/fraxtal"} {
		genesis := a.unpack(b, name)
		plain, err := io.ReadAll(withConfig(b, genesis, map[string]any{"chainId": 1, "londonBlock": 0}))
		if err != nil {
			b.Fatal(err)
		}
		zipped := gzipOf(b, bytes.NewReader(plain))
		b.Run(fmt.Sprintf("%s of %.1f MB", name, float64(len(plain))/1e6), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			measure(b, plain, benchLimit, "<nil>")
		})
		b.Run(fmt.Sprintf("%s of %.1f MB gzipped to %.0f kB", name, float64(len(plain))/1e6, float64(len(zipped))/1e3), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			measure(b, zipped, benchLimit, "<nil>")
		})
	}
}

// BenchmarkHostile reads what was made to take time or memory.
func BenchmarkHostile(b *testing.B) {
	const head = `{"config":{"chainId":1},"gasLimit":1,"difficulty":0,"alloc":{`
	numbered := func(format string, n int) io.Reader {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, format, i)
		}
		return strings.NewReader(text.String())
	}
	const account = `"00000000000000000000000000000000000000aa":{"balance":0`
	const last = `"f0000000000000000000000000000000000000aa":{"balance":0}}}`
	cases := []struct {
		name    string
		parts   []io.Reader
		limit   int64
		wantErr string
	}{
		{"bomb of a code of 1 GB within a limit of 2 GB", []io.Reader{strings.NewReader(head + account + `,"code":"0x`), many("5b", 1<<30), strings.NewReader(`"}}}`)}, 2 << 30, "<nil>"},
		{"bomb of a code of 1 GB", []io.Reader{strings.NewReader(head + account + `,"code":"0x`), many("5b", 1<<30)}, benchLimit, "unpacked, it has more than 256 MiB"},
		{"100 MB of zeros", []io.Reader{many("0", 100<<20)}, benchLimit, "not a JSON object"},
		{"100 MB of zeros as a number", []io.Reader{strings.NewReader(`{"nonce":`), many("0", 100<<20)}, benchLimit, "it has a number of more than 4096 digits"},
		{"100 MB of white space", []io.Reader{many(" ", 100<<20), strings.NewReader("{}")}, benchLimit, "it has no config.chainId"},
		{"nesting of 100 MB", []io.Reader{strings.NewReader(`{"x":`), many("[", 100<<20)}, benchLimit, "it is nested more than 64 levels deep"},
		{"nesting of 100 MB of objects", []io.Reader{many(`{"x":`, 100<<20)}, benchLimit, "it is nested more than 64 levels deep"},
		{"a string of 200 MB", []io.Reader{strings.NewReader(`{"x":"`), many("x", 200<<20), strings.NewReader(`"}`)}, benchLimit, "it has no config.chainId"},
		{"a name of 200 MB", []io.Reader{strings.NewReader(`{"`), many("x", 200<<20), strings.NewReader(`":1}`)}, benchLimit, "it has a field whose name has more than 256 bytes"},
		{"200 MB of escapes", []io.Reader{strings.NewReader(`{"x":"`), many(`\u0041`, 6<<25), strings.NewReader(`"}`)}, benchLimit, "it has no config.chainId"},
		{"200 MB of letters of three bytes", []io.Reader{strings.NewReader(`{"x":"`), many("€", 3<<26), strings.NewReader(`"}`)}, benchLimit, "it has no config.chainId"},
		{"bytes that are not UTF-8", []io.Reader{strings.NewReader(`{"x":"`), many("\xff\xfe", 100<<20), strings.NewReader(`"}`)}, benchLimit, "it is not UTF-8 text"},
		{"one field again and again", []io.Reader{strings.NewReader("{"), many(`"nonce":1,`, 200<<20)}, benchLimit, `it has two fields "nonce": remove one`},
		{"one unknown field again and again", []io.Reader{strings.NewReader("{"), many(`"x":1,`, 200<<20)}, benchLimit, "it has a field twice: remove one"},
		{"one account again and again", []io.Reader{strings.NewReader(head), many(account+"},", 200<<20)}, benchLimit, "it has an account in alloc twice: remove one"},
		{"one storage slot again and again", []io.Reader{strings.NewReader(head + account + `,"storage":{`), many(`"01":"01",`, 200<<20)}, benchLimit, "the account at byte 105 has a storage slot twice: remove one"},
		{"a list of 200 MB", []io.Reader{strings.NewReader(`{"x":[0`), many(",0", 200<<20), strings.NewReader("]}")}, benchLimit, "it has no config.chainId"},
		{"200 MB of empty objects", []io.Reader{strings.NewReader(`{"x":[0`), many(",{}", 3<<26), strings.NewReader("]}")}, benchLimit, "it has no config.chainId"},
		{"350000 accounts", []io.Reader{strings.NewReader(head), numbered(`"%040x":{"balance":1},`, 350_000), strings.NewReader(last)}, benchLimit, "<nil>"},
		{"a million accounts", []io.Reader{strings.NewReader(head), numbered(`"%040x":{"balance":1},`, maxRows-1), strings.NewReader(last)}, benchLimit, "<nil>"},
		{"3 million accounts", []io.Reader{strings.NewReader(head), numbered(`"%040x":{"balance":1},`, 3_000_000), strings.NewReader(last)}, benchLimit, "it has more than 1048576 accounts in alloc"},
		{"a million storage slots", []io.Reader{strings.NewReader(head + account + `,"storage":{`), numbered(`"%08x":"01",`, maxRows-1), strings.NewReader(`"f0000000":"01"}}}}`)}, benchLimit, "<nil>"},
		{"3 million storage slots", []io.Reader{strings.NewReader(head + account + `,"storage":{`), numbered(`"%08x":"01",`, 3_000_000), strings.NewReader(`"f0000000":"01"}}}}`)}, benchLimit, "the account at byte 105 has more than 1048576 storage slots"},
	}
	for _, c := range cases {
		zipped := gzipOf(b, c.parts...)
		b.Run(fmt.Sprintf("%s, packed %d kB", c.name, len(zipped)/1000), func(b *testing.B) {
			measure(b, zipped, c.limit, c.wantErr)
		})
	}
}
