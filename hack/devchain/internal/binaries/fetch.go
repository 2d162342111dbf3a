package binaries

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// download fetches the module through the go tool and returns its folder in
// the module cache, which is read-only.
func (m module) download(ctx context.Context) (string, error) {
	// Outside of any module: in one, its go.mod would have a say.
	cmd := goCommand(ctx, os.TempDir(), "mod", "download", "-json", m.path+"@"+m.version)
	cmd.Env = append(cmd.Env, "GO111MODULE=on")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, runErr := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &got); err != nil {
		return "", fmt.Errorf("download module: %w\n%s", errors.Join(runErr, err), stderr.Bytes())
	}
	if runErr != nil || got.Error != "" {
		return "", fmt.Errorf("download module: %s %w", got.Error, runErr)
	}
	if got.Sum != m.sum {
		return "", fmt.Errorf("download module: checksum is %s, want %s", got.Sum, m.sum)
	}
	return got.Dir, nil
}

// addSuperchainZip supplies the generated file that the optimism module lacks
// with the one op-geth ships, and rewrites the checksum that guards it.
func addSuperchainZip(ctx context.Context, src string) error {
	dir, err := opGeth.download(ctx)
	if err != nil {
		return err
	}
	zip, err := os.ReadFile(filepath.Join(dir, "superchain", "superchain-configs.zip"))
	if err != nil {
		return fmt.Errorf("read superchain configs: %w", err)
	}
	sum := sha256.Sum256(zip)
	target := filepath.Join(src, "op-core", "superchain", "superchain-configs.zip")
	if err := os.WriteFile(target, zip, 0o644); err != nil {
		return fmt.Errorf("write superchain configs: %w", err)
	}
	line := hex.EncodeToString(sum[:]) + "  superchain-configs.zip\n"
	if err := os.WriteFile(target+".sha256", []byte(line), 0o644); err != nil {
		return fmt.Errorf("write superchain checksum: %w", err)
	}
	return nil
}
