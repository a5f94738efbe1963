package cloudwatch

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/metrics/chart"
	"github.com/dipylon/dipylon/internal/metrics/query"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// widget is a metric widget, as far as it is drawn
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html).
type widget struct {
	Metrics       [][]json.RawMessage
	Title         string
	Width, Height *int
	Start, End    string
	Period        *int
	Stat          string
	View          string
	Stacked       bool
	YAxis         struct{ Left struct{ Min, Max *float64 } }
	Annotations   struct {
		Horizontal []struct {
			Label, Color string
			Value        float64
		}
	}
}

// widgetMetric is what the last element of a metric's array may say.
type widgetMetric struct {
	ID, Expression, Label, Color, Stat string
	Period                             *int
	Visible                            *bool
}

// What widgets may be (the page on their structure).
const (
	defaultWidth, defaultHeight = 600, 400
	maxSide                     = 2000
	maxWidget                   = 64 << 10
	defaultWidgetPeriod         = 300
	defaultWidgetStart          = "-PT3H"
	maxWidgetMetrics            = 100
)

// GetMetricWidgetImage draws lines over time as a PNG.
func (s *Service) GetMetricWidgetImage(ctx context.Context, call *wire.Call, in *gen.GetMetricWidgetImageInput) (*gen.GetMetricWidgetImageOutput, error) {
	if f := text(in.OutputFormat); f != "" && f != "png" && f != "image/png" {
		return nil, invalidValue("The value %s for parameter OutputFormat is not supported.", f)
	}
	w, err := readWidget(*in.MetricWidget)
	if err != nil {
		return nil, err
	}
	c, err := s.chartOf(w)
	if err != nil {
		return nil, err
	}
	queries, colours, err := w.queries(call.Tenant)
	if err != nil {
		return nil, err
	}
	set, err := query.Compile(queries)
	if err != nil {
		return nil, modelled(err)
	}
	results, err := set.Run(ctx, s.Points, query.Range{Tenant: call.Tenant, From: c.From, Before: c.To})
	if err != nil {
		return nil, modelled(err)
	}
	for i := range results {
		r := &results[i]
		colour, ok := colours[r.ID]
		if !ok {
			colour = chart.Palette(i)
		}
		c.Lines = append(c.Lines, chart.Line{Label: r.Label, Color: colour, Period: r.Period, Times: r.Times, Values: r.Values})
	}
	picture, err := c.PNG()
	return &gen.GetMetricWidgetImageOutput{MetricWidgetImage: picture}, err
}

func readWidget(document string) (*widget, error) {
	w := &widget{Start: defaultWidgetStart, End: "PT0H", Stat: "Average"}
	if len(document) > maxWidget {
		return nil, invalidValue("The parameter MetricWidget must not be longer than %d bytes.", maxWidget)
	}
	if err := json.Unmarshal([]byte(document), w); err != nil {
		return nil, invalidValue("The parameter MetricWidget is no valid widget: %v", err)
	}
	switch {
	case len(w.Metrics) == 0:
		return nil, invalidValue("The parameter MetricWidget must have metrics.")
	case len(w.Metrics) > maxWidgetMetrics:
		return nil, invalidValue("The parameter MetricWidget must not have more than %d metrics.", maxWidgetMetrics)
	case w.View != "" && w.View != "timeSeries":
		return nil, notBuilt("widgets with the view " + w.View)
	}
	return w, nil
}

func (s *Service) chartOf(w *widget) (*chart.Chart, error) {
	c := &chart.Chart{
		Title: w.Title, Width: side(w.Width, defaultWidth), Height: side(w.Height, defaultHeight), Stacked: w.Stacked,
		Least: w.YAxis.Left.Min, Greatest: w.YAxis.Left.Max,
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide {
		return nil, invalidValue("The width and the height of a widget must be between 1 and %d.", maxSide)
	}
	now := s.Now()
	var ok, also bool
	c.From, ok = widgetTime(w.Start, now)
	c.To, also = widgetTime(w.End, now)
	if !ok || !also || !c.From.Before(c.To) {
		return nil, invalidValue("The start and the end of a widget are times in ISO 8601, or spans such as -PT3H, and the start is before the end.")
	}
	for i, a := range w.Annotations.Horizontal {
		colour, ok := parseColour(a.Color)
		if !ok {
			colour = chart.Palette(len(w.Metrics) + i)
		}
		c.Marks = append(c.Marks, chart.Mark{Label: a.Label, Color: colour, Value: a.Value})
	}
	return c, nil
}

func side(given *int, otherwise int) int {
	if given == nil {
		return otherwise
	}
	return *given
}

// widgetTime reads a time, or a span back from now: -PT3H, -P7D.
func widgetTime(s string, now time.Time) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	span, negative := strings.CutPrefix(s, "-")
	span, ok := strings.CutPrefix(span, "P")
	if !ok {
		return now, false
	}
	var days int
	days, rest, ok := cutDays(span)
	if !ok {
		return now, false
	}
	d := time.Duration(days) * 24 * time.Hour
	if rest != "" {
		clock, ok := strings.CutPrefix(rest, "T")
		of, err := time.ParseDuration(strings.ToLower(clock))
		if !ok || err != nil || strings.ContainsAny(clock, "uµn.+-") {
			return now, false
		}
		d += of
	}
	if negative {
		d = -d
	}
	return now.Add(d), true
}

// cutDays takes weeks or days off: 7D, 2W.
func cutDays(s string) (days int, rest string, ok bool) {
	n := strings.IndexAny(s, "DW")
	if n < 0 {
		return 0, s, true
	}
	const most = 10_000
	if _, err := fmt.Sscanf(s[:n], "%d", &days); err != nil || days < 0 || days > most {
		return 0, s, false
	}
	if s[n] == 'W' {
		days *= 7
	}
	return days, s[n+1:], true
}

// parseColour reads #rrggbb.
func parseColour(s string) (color.RGBA, bool) {
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "#"))
	if err != nil || len(raw) != 3 {
		return color.RGBA{}, false
	}
	return color.RGBA{raw[0], raw[1], raw[2], 255}, true
}

// queries turns the widget's arrays into queries, with the colours that they name, by id.
func (w *widget) queries(t gateway.Tenant) ([]query.Query, map[string]color.RGBA, error) {
	queries, colours := make([]query.Query, len(w.Metrics)), map[string]color.RGBA{}
	var before []string
	for i, array := range w.Metrics {
		names, options, err := readWidgetMetric(array, before)
		if err != nil {
			return nil, nil, err
		}
		q := &queries[i]
		*q = query.Query{ID: options.ID, Label: options.Label, Expression: options.Expression, Hidden: options.Visible != nil && !*options.Visible}
		if q.ID == "" {
			q.ID = fmt.Sprintf("dipylon%d", i)
		}
		if colour, ok := parseColour(options.Color); ok {
			colours[q.ID] = colour
		}
		if q.Expression == "" {
			if q.Metric, err = w.metric(t, names, options); err != nil {
				return nil, nil, err
			}
			before = names
		}
	}
	return queries, colours, nil
}

func (w *widget) metric(t gateway.Tenant, names []string, options widgetMetric) (*query.Metric, error) {
	if len(names) < 2 || len(names)%2 != 0 {
		return nil, invalidValue("A metric of a widget is a namespace, a name, and names and values of dimensions.")
	}
	seconds := int32(defaultWidgetPeriod)
	for _, p := range []*int{w.Period, options.Period} {
		if p != nil {
			seconds = int32(min(max(*p, 0), 1<<30))
		}
	}
	if !validPeriod(seconds) {
		return nil, invalidValue("The period of a metric of a widget must be 1, 5, 10, 20, 30 or a multiple of 60.")
	}
	m := &query.Metric{Statistic: w.Stat, Period: time.Duration(seconds) * time.Second}
	if options.Stat != "" {
		m.Statistic = options.Stat
	}
	m.Tenant, m.Namespace, m.Name = t, names[0], names[1]
	m.Dimensions = metrics.Sorted(metrics.Dimensions(names[2:]...))
	return m, nil
}

// readWidgetMetric reads an array of a widget. "." stands for what the array before has there, and "..." for all that it has
// but for what is said here.
func readWidgetMetric(array []json.RawMessage, before []string) (names []string, options widgetMetric, err error) {
	for i, element := range array {
		var name string
		if json.Unmarshal(element, &name) == nil {
			names = append(names, name)
			continue
		}
		if i != len(array)-1 || json.Unmarshal(element, &options) != nil {
			return nil, options, invalidValue("A metric of a widget has names, and at its end may have an object.")
		}
	}
	if i := slices.Index(names, "..."); i >= 0 {
		n := len(before) - (len(names) - 1)
		if n < 0 || i > len(before) {
			return nil, options, invalidValue("... stands for names that the metric before does not have.")
		}
		names = slices.Concat(names[:i], before[i:i+min(n, len(before)-i)], names[i+1:])
	}
	for i, name := range names {
		if name != "." {
			continue
		}
		if i >= len(before) {
			return nil, options, invalidValue(". stands for a name that the metric before does not have.")
		}
		names[i] = before[i]
	}
	return names, options, nil
}
