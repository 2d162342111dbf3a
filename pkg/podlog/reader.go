package podlog

import (
	"context"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/ptr"
)

// maxBytes bounds what is read of a log: the API server sends no more.
const maxBytes = 64 << 10

// tails are how many lines are asked for. The limit in bytes counts from the first of them and so
// cuts off the last words of a program with long lines: it is asked again for fewer.
var tails = []int64{100, 10}

// Reader reads logs from the API server.
//
// A container whose terminationMessagePolicy is FallbackToLogsOnError would need no reader, but
// then Kubernetes copies the end of the log as it is into the pod's status. There it can be read by
// those who may read neither logs nor Secrets, and these lines carry the URLs of L1, with API keys
// in them.
type Reader struct {
	pods corev1client.PodsGetter
}

// NewReader makes a Reader. It needs the right to get pods/log.
func NewReader(pods corev1client.PodsGetter) *Reader { return &Reader{pods: pods} }

// Read gives the end of a container's log: of the one before if previous is set, which is the one
// that ended where it was restarted since.
func (r *Reader) Read(ctx context.Context, namespace, pod, container string, previous bool) ([]byte, error) {
	var log []byte
	for _, lines := range tails {
		var err error
		if log, err = r.read(ctx, namespace, pod, &corev1.PodLogOptions{
			Container: container, Previous: previous, TailLines: &lines, LimitBytes: ptr.To[int64](maxBytes),
		}); err != nil {
			return nil, fmt.Errorf("read log of container %s of pod %s: %w", container, pod, err)
		}
		if len(log) < maxBytes {
			break
		}
	}
	return log, nil
}

func (r *Reader) read(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) ([]byte, error) {
	stream, err := r.pods.Pods(namespace).GetLogs(pod, options).Stream(ctx)
	if err != nil {
		return nil, err
	}
	log, err := io.ReadAll(io.LimitReader(stream, maxBytes))
	if closed := stream.Close(); err == nil {
		err = closed
	}
	return log, err
}
