package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// serve starts a server and gives its address.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// answers is a JSON-RPC server that gives the same result to each call of a method.
func answers(results map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		method, id, _ := request(r)
		result, ok := results[method]
		if !ok {
			result = `null, "error": {"code": -32601, "message": "the method ` + method + ` does not exist"}`
		}
		reply(w, id, result)
	}
}

func request(r *http.Request) (method string, id json.RawMessage, params []json.RawMessage) {
	var call struct {
		Method string            `json:"method"`
		ID     json.RawMessage   `json:"id"`
		Params []json.RawMessage `json:"params"`
	}
	_ = json.NewDecoder(r.Body).Decode(&call)
	return call.Method, call.ID, call.Params
}

func reply(w http.ResponseWriter, id json.RawMessage, result string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc": "2.0", "id": %s, "result": %s}`, id, result)
}

// says answers with a fixed page.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// endless sends a beginning and then a letter for ever.
func endless(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		page := strings.Repeat("a", 64<<10)
		for _, err := fmt.Fprint(w, beginning); err == nil; {
			_, err = fmt.Fprint(w, page)
		}
	}
}

// silent takes a request and gives no answer until whoever asked has gone.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice who hangs up
	<-r.Context().Done()
}
