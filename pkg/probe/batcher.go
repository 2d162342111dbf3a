package probe

import (
	"context"
	"errors"
	"math"
	"time"
)

// Metrics of op-batcher (op-batcher/metrics, same names since v1.7): the gauge of the time of its
// last transactions, in Unix seconds, by stage, which is there after the first one; and the one
// whose label is the version, which is always there.
const (
	lastBatchMetric   = "op_batcher_default_last_batcher_tx_unix"
	batcherInfoMetric = "op_batcher_default_info"
)

// Batcher reads op-batcher's metrics page at metricsURL: one request.
func (p *Prober) Batcher(ctx context.Context, metricsURL string) (Batcher, error) {
	page, err := p.page(ctx, metricsURL, lastBatchMetric, batcherInfoMetric)
	if err != nil {
		return Batcher{}, err
	}
	if len(page) == 0 {
		return Batcher{}, errors.New("read metrics: it is not the page of an op-batcher")
	}
	last, err := lastBatchIn(page)
	return Batcher{LastBatch: last, Version: versionIn(page.label(batcherInfoMetric, "version"))}, err
}

// lastBatchIn is nil before the first batch since op-batcher started.
func lastBatchIn(page metricsPage) (*time.Time, error) {
	seconds, ok := page.gauge(lastBatchMetric, "stage", "success")
	switch {
	case !ok || seconds <= 0 || math.IsNaN(seconds):
		return nil, nil //nolint:nilnil // nil is the answer: no batch yet
	case seconds > maxUnix:
		return nil, errors.New("read metrics: time out of range")
	}
	return new(time.Unix(int64(seconds), 0)), nil
}
