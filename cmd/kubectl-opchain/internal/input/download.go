package input

import (
	"bytes"
	"context"
	"strings"

	"github.com/oplabs/op-stack-operator/pkg/config"
	"github.com/oplabs/op-stack-operator/pkg/download"
	"github.com/oplabs/op-stack-operator/pkg/genesis"
)

// downloads knows the genesis that the spec names by its URL: from the file that was given for
// it, or by downloading it.
type downloads struct {
	ctx    context.Context //nolint:containedctx // lives for one review
	store  *Store
	client *download.Client // nil downloads nothing
}

// Downloads gives a Loader what the spec names by URL. client may be nil.
func (s *Store) Downloads(ctx context.Context, client *download.Client) config.Downloads {
	return &downloads{ctx: ctx, store: s, client: client}
}

// Genesis gives the genesis at a URL, if it has the digest.
func (d *downloads) Genesis(url, digest string) (*genesis.Genesis, error) {
	file := d.store.downloaded
	switch {
	case file != nil:
		if has := file.Digest(); !strings.EqualFold(has, digest) {
			return nil, &download.DigestError{Host: file.Path, Has: has}
		}
		found, err := genesis.Read(bytes.NewReader(file.Content), config.MaxGenesisBytes)
		if err != nil {
			return nil, download.NewContentError(err)
		}
		return found, nil
	case d.client == nil:
		d.store.notDownloaded = true
		return nil, config.ErrNotGiven
	}
	return d.client.Genesis(d.ctx, url, digest, config.MaxGenesisBytes)
}
