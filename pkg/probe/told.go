package probe

import (
	"errors"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/oplabs/op-stack-operator/pkg/redaction"
)

// told is an error as it may be logged: short, and without what the endpoint's URL carries,
// which may be an API key.
func told(err error, endpoint string) error {
	if status := (rpc.HTTPError{}); errors.As(err, &status) {
		err = errors.New(status.Status) // the body may be a page, and may repeat the URL
	}
	return redaction.Error(err, endpoint)
}
