package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// metricsPage is what is wanted of a metrics page, by family.
type metricsPage map[string]*dto.MetricFamily

// maxWanted bounds what is wanted of a page in bytes. It is a handful of lines.
const maxWanted = 64 << 10

// page reads the families of these names from the metrics page at url.
func (p *Prober) page(ctx context.Context, url string, wanted ...string) (metricsPage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", told(err, url))
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", told(err, url))
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read metrics: %w", told(errors.New(resp.Status), url))
	}
	page, err := parsePage(resp.Body, wanted...)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", told(err, url))
	}
	return page, nil
}

// parsePage reads a page in Prometheus' text format. To parse all of op-node's, of some 100 KB,
// would take most of the time of a look, so only the wanted lines reach the parser. It panics at
// some pages that are wrong, but at none whose samples all begin with names.
func parsePage(page io.Reader, wanted ...string) (metricsPage, error) {
	lines, err := wantedLines(page, wanted)
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(bytes.NewReader(lines))
}

// wantedLines are the lines of a page that are samples of the wanted families, or tell their types.
func wantedLines(page io.Reader, wanted []string) ([]byte, error) {
	reader := bufio.NewReader(page)
	var kept []byte
	for len(kept) <= maxWanted {
		line, err := reader.ReadSlice('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return kept, nil
		}
		if len(line) > 0 && !startsLine(line[0]) {
			return nil, errors.New("the page is of another kind")
		}
		if isWanted(line, wanted) {
			kept = append(kept, line...)
		} else if errors.Is(err, bufio.ErrBufferFull) {
			err = skipLine(reader)
		}
		if err != nil {
			return nil, lineError(err)
		}
	}
	return nil, errors.New("the page has too much of what is wanted")
}

// lineError says why a line could not be read to its end.
func lineError(err error) error {
	switch {
	case errors.Is(err, io.EOF): // a number may have lost its end
		return errors.New("the page ends in the midst of a line")
	case errors.Is(err, bufio.ErrBufferFull):
		return errors.New("a line that is wanted is too long")
	}
	return err
}

// startsLine tells metrics from pages for people.
func startsLine(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || bytes.IndexByte([]byte("#_:{ \t\r\n"), c) >= 0
}

func isWanted(line []byte, wanted []string) bool {
	line = bytes.TrimPrefix(line, []byte("# TYPE "))
	for _, name := range wanted {
		if len(line) > len(name) && string(line[:len(name)]) == name && bytes.IndexByte([]byte("{ \t"), line[len(name)]) >= 0 {
			return true
		}
	}
	return false
}

// skipLine reads what is left of a line that does not fit into the reader's buffer.
func skipLine(reader *bufio.Reader) error {
	for {
		if _, err := reader.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// gauge is the value of a gauge whose label has a value; any, where the label is empty. It is not
// there where it is no gauge.
func (p metricsPage) gauge(name, label, value string) (float64, bool) {
	for _, metric := range p[name].GetMetric() {
		if metric.GetGauge() != nil && (label == "" || labelOf(metric, label) == value) {
			return metric.GetGauge().GetValue(), true
		}
	}
	return 0, false
}

// label is the value of a label of a metric; empty where there is none.
func (p metricsPage) label(name, label string) string {
	for _, metric := range p[name].GetMetric() {
		return labelOf(metric, label)
	}
	return ""
}

func labelOf(metric *dto.Metric, name string) string {
	for _, label := range metric.GetLabel() {
		if label.GetName() == name {
			return label.GetValue()
		}
	}
	return ""
}
