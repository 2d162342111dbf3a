package image

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	oci "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// writeProgram gives every call a file of another age, which no image may show.
func writeProgram(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWriteIsDeterministic(t *testing.T) {
	t.Parallel()
	var archives [2][]byte
	for i := range archives {
		out := filepath.Join(t.TempDir(), "image.tar")
		spec := Spec{Name: "op-geth:v1", User: NonRoot, Programs: []Program{{writeProgram(t, "geth"), "/usr/local/bin/geth"}}}
		if err := Write(spec, out); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		archives[i] = data
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("two images of the same files differ")
	}
}

func TestWriteHoldsProgramsAndConfig(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "image.tar")
	spec := Spec{Name: "tools:v1", User: "7", Entrypoint: []string{"/b", "run"}, Programs: []Program{
		{writeProgram(t, "first"), "/usr/local/bin/a"}, {writeProgram(t, "second"), "/b"},
	}}
	if err := Write(spec, out); err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/b", "run"}, config.Config.Entrypoint); diff != "" {
		t.Error(diff)
	}
	if config.Config.User != "7" {
		t.Errorf("user is %q", config.Config.User)
	}
	got := contents(t, img)
	delete(got, "etc/passwd")
	delete(got, "etc/group")
	delete(got, strings.TrimPrefix(certificates, "/"))
	if diff := cmp.Diff(map[string]string{"usr/local/bin/a": "first", "b": "second"}, got); diff != "" {
		t.Error(diff)
	}
}

// contents maps the files of an image to what they hold.
func contents(t *testing.T, img oci.Image) map[string]string {
	t.Helper()
	found := map[string]string{}
	reader := tar.NewReader(mutate.Extract(img))
	for header, err := reader.Next(); err != io.EOF; header, err = reader.Next() {
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			found[header.Name] = string(data)
		}
	}
	return found
}

func TestParseProgram(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		in      string
		want    Program
		wantErr bool
	}{
		"host and image path":  {in: "bin/geth=/usr/bin/geth", want: Program{"bin/geth", "/usr/bin/geth"}},
		"no image path":        {in: "bin/geth", wantErr: true},
		"relative image path":  {in: "bin/geth=geth", wantErr: true},
		"image path climbs up": {in: "bin/geth=/../geth", wantErr: true},
		"image path is a dir":  {in: "bin/geth=/bin/", wantErr: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseProgram(tc.in)
			if (err != nil) != tc.wantErr {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" && !tc.wantErr {
				t.Error(diff)
			}
		})
	}
}
