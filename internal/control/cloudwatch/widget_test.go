package cloudwatch

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// TestWidgetMetrics: the structure's examples of . and ...
func TestWidgetMetrics(t *testing.T) {
	before := []string{"AWS/EC2", "CPUUtilization", "InstanceId", "i-1"}
	for array, want := range map[string]string{
		`["AWS/EC2","CPUUtilization","InstanceId","i-2"]`: "AWS/EC2 CPUUtilization InstanceId i-2",
		`[".","DiskReadBytes",".","."]`:                   "AWS/EC2 DiskReadBytes InstanceId i-1",
		`["...","i-3",{"color":"#ff0000"}]`:               "AWS/EC2 CPUUtilization InstanceId i-3",
		`["..."]`:                                         "AWS/EC2 CPUUtilization InstanceId i-1",
		`[{"expression":"m1*2"}]`:                         "",
		`[".",".",".",".","."]`:                           "error",
		`["...","a","b","c","d","e"]`:                     "error",
		`[{"id":"x"},"a"]`:                                "error",
		`[7]`:                                             "error",
	} {
		var elements []json.RawMessage
		if err := json.Unmarshal([]byte(array), &elements); err != nil {
			t.Fatal(err)
		}
		names, _, err := readWidgetMetric(elements, slices.Clone(before))
		if got := strings.Join(names, " "); (err != nil) != (want == "error") || err == nil && got != want {
			t.Errorf("%s: got %q, %v", array, got, err)
		}
	}
}

func TestWidgetTimes(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]string{
		"-PT3H": "2026-11-25T09:00:00Z", "PT0H": "2026-11-25T12:00:00Z", "-P7D": "2026-11-18T12:00:00Z", "-P1DT90M": "2026-11-24T10:30:00Z",
		"-P2W": "2026-11-11T12:00:00Z", "2026-11-25T00:00:00Z": "2026-11-25T00:00:00Z",
		"": "", "yesterday": "", "-PT3": "", "P": "2026-11-25T12:00:00Z", "-PXD": "", "-PT-3H": "",
	} {
		got, ok := widgetTime(s, now)
		if ok != (want != "") || ok && got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %v %t, want %s", s, got, ok, want)
		}
	}
}

func TestWidgetRefusals(t *testing.T) {
	f := newFixture(t)
	for _, document := range []string{
		"", "{", "{}", `{"metrics":[]}`, `{"metrics":[["a"]]}`, `{"metrics":[["a","b","c"]]}`, `{"metrics":[["a","b"]],"width":0}`,
		`{"metrics":[["a","b"]],"height":2001}`, `{"metrics":[["a","b"]],"start":"x"}`, `{"metrics":[["a","b"]],"start":"PT1H","end":"PT0H"}`,
		`{"metrics":[["a","b",{"period":7}]]}`, `{"metrics":[["a","b",{"stat":"x"}]]}`, `{"metrics":[[{"expression":"SUM("}]]}`,
		`{"metrics":[["a","b"]],"view":"pie"}`, `{"metrics":[["a","b",{"id":"m"}],["c","d",{"id":"m"}]]}`,
	} {
		if status, body := f.send("GetMetricWidgetImage", widgetInput(document)); status/100 == 2 || status == 500 {
			t.Errorf("%s: %d %s", document, status, body)
		}
	}
}

func widgetInput(document string) string {
	text, _ := json.Marshal(map[string]string{"MetricWidget": document}) // which cannot fail
	return string(text)
}

func TestWidgetImage(t *testing.T) {
	f := newFixture(t)
	document := `{"title":"Orders","width":300,"height":200,"period":60,"stat":"Sum","stacked":true,"yAxis":{"left":{"min":0,"max":100}},
		"metrics":[["shop","orders","country","de",{"id":"m1"}],["...","fr",{"color":"#00ff00","visible":false}],[{"expression":"m1*2","label":"twice"}]],
		"annotations":{"horizontal":[{"label":"limit","value":50}]}}`
	status, body := f.send("GetMetricWidgetImage", widgetInput(document))
	var out struct{ MetricWidgetImage []byte }
	if err := json.Unmarshal([]byte(body), &out); status != http.StatusOK || err != nil {
		t.Fatalf("%d %s", status, body)
	}
	img, err := png.Decode(bytes.NewReader(out.MetricWidgetImage))
	if err != nil || img.Bounds().Dx() != 300 || img.Bounds().Dy() != 200 {
		t.Errorf("got %v, %v", img, err)
	}
}

func FuzzWidget(f *testing.F) {
	f.Add(`{"metrics":[["a","b","c","d"],["...","e"],[".","f"]],"start":"-P1DT2H","width":10,"height":10}`)
	f.Fuzz(func(_ *testing.T, document string) {
		w, err := readWidget(document)
		if err != nil {
			return
		}
		s := &Service{Options: Options{Now: time.Now}}
		_, _ = s.chartOf(w)
		_, _, _ = w.queries(gateway.Tenant{})
	})
}
