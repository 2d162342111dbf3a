// Command server is what the end-to-end test runs in a pod: it shows what a
// container can see, over HTTP and as one-shot commands.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

const (
	account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	data    = "/data/starts"
)

func main() {
	if len(os.Args) > 2 {
		answer, err := commands[os.Args[1]](os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(answer)
		return
	}
	starts, err := count()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("start %d as user %d\n", starts, os.Getuid())
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "start %d\n", starts) })
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":8080", nil))
	os.Exit(1)
}

var commands = map[string]func(string) (string, error){
	"lookup": func(name string) (string, error) {
		addrs, err := net.LookupHost(name)
		return strings.Join(addrs, " "), err
	},
	"fetch": func(url string) (string, error) { return get(http.DefaultClient, url, "") },
	"api":   func(path string) (string, error) { return askAPI(path) },
	"write": func(file string) (string, error) { return "written", os.WriteFile(file, nil, 0o644) },
}

// count keeps the number of starts on the volume.
func count() (int, error) {
	var starts int
	if old, err := os.ReadFile(data); err == nil {
		if _, err := fmt.Sscan(string(old), &starts); err != nil {
			return 0, err
		}
	}
	starts++
	return starts, os.WriteFile(data, []byte(fmt.Sprint(starts)), 0o600)
}

// askAPI does what a client with in-cluster configuration does.
func askAPI(path string) (string, error) {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return "", err
	}
	ca, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	return get(client, "https://kubernetes.default.svc"+path, string(token))
}

func get(client *http.Client, url, token string) (string, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4000))
	return response.Status + " " + strings.TrimSpace(string(body)), err
}
