package math

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
)

// aggregate returns what makes one number of several, nil for a name of nothing.
func aggregate(name string) func([]float64) float64 {
	switch name {
	case "SUM":
		return sum
	case "AVG":
		return average
	case "MIN":
		return slices.Min[[]float64]
	case "MAX":
		return slices.Max[[]float64]
	case "STDDEV":
		return deviation
	case "DATAPOINT_COUNT":
		return func(values []float64) float64 { return float64(len(values)) }
	}
	return nil
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

func average(values []float64) float64 { return sum(values) / float64(len(values)) }

func deviation(values []float64) float64 {
	mean, squares := average(values), 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)))
}

// aggregated makes a number of a series, and a series of several. Among several AVG takes what is missing for 0.
func aggregated(f func([]float64) float64, missing bool) function {
	return func(_ *Env, args []Value) (Value, error) {
		switch v := args[0]; v.Kind {
		case Scalar:
			return v, errSeries
		case One:
			if len(v.Series[0].Values) == 0 {
				return Value{}, nil
			}
			return Value{Number: f(v.Series[0].Values)}, nil
		case Many:
		}
		return Value{Kind: One, Series: []Series{across(args[0].Series, f, missing)}}, nil
	}
}

func across(all []Series, f func([]float64) float64, missing bool) Series {
	var out Series
	for i := range all {
		out.Period = max(out.Period, all[i].Period)
	}
	for _, t := range times(all...) {
		var values []float64
		for i := range all {
			if v, ok := all[i].at(t); ok || missing {
				values = append(values, v)
			}
		}
		out.add(t, f(values))
	}
	return out
}

// sort reads SORT(array, AVG, DESC, 10).
func (p *parser) sort() (node, error) {
	n := sortNode{limit: math.MaxInt}
	var err error
	if n.of, err = p.binary(1); err != nil {
		return nil, err
	}
	for _, read := range []func(string) bool{
		func(word string) bool { n.by = aggregate(word); return n.by != nil },
		func(word string) bool { n.descending = word == "DESC"; return n.descending || word == "ASC" },
	} {
		if !p.accept(",") || !read(p.peek().text) {
			return nil, p.unexpected()
		}
		p.take()
	}
	if p.accept(",") {
		limit, err := p.binary(1)
		if err != nil {
			return nil, err
		}
		count, ok := limit.(number)
		if !ok || count < 1 {
			return nil, errors.New("the limit of SORT must be a number")
		}
		n.limit = int(min(count, 1e6))
	}
	if !p.accept(")") {
		return nil, p.unexpected()
	}
	return n, nil
}

type sortNode struct {
	of         node
	by         func([]float64) float64
	descending bool
	limit      int
}

func (n sortNode) eval(env *Env) (Value, error) {
	v, err := n.of.eval(env)
	if err != nil {
		return v, err
	}
	type ranked struct {
		rank float64
		Series
	}
	var all []ranked
	for _, s := range v.Series {
		r := ranked{math.Inf(-1), s}
		if len(s.Values) > 0 {
			r.rank = n.by(s.Values)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		if n.descending {
			a, b = b, a
		}
		return cmp.Compare(a.rank, b.rank)
	})
	out := Value{Kind: Many}
	for _, r := range all[:min(len(all), n.limit)] {
		out.Series = append(out.Series, r.Series)
	}
	return out, nil
}

type metricsNode string

func (n metricsNode) eval(env *Env) (Value, error) {
	all, err := env.Metrics()
	out := Value{Kind: Many}
	for _, s := range all {
		if strings.Contains(s.ID, string(n)) {
			out.Series = append(out.Series, s)
		}
	}
	return out, err
}

// clock returns what makes a number of a time, nil for a name of nothing.
func clock(name string) func(time.Time) int {
	switch name {
	case "MINUTE":
		return time.Time.Minute
	case "HOUR":
		return time.Time.Hour
	case "DAY": // Monday is 1
		return func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
	case "DATE":
		return time.Time.Day
	case "MONTH":
		return func(t time.Time) int { return int(t.Month()) }
	case "YEAR":
		return time.Time.Year
	case "EPOCH":
		return func(t time.Time) int { return int(t.Unix()) }
	}
	return nil
}

// clocked gives a value at every time of the request, by the period of its argument.
func clocked(of func(time.Time) int) function {
	return func(env *Env, args []Value) (Value, error) {
		return seriesOf(args[0], func(s Series) Series {
			out := s.empty()
			for _, t := range env.grid(cmp.Or(s.Period, env.Period)) {
				out.add(t, float64(of(time.Unix(t, 0).UTC())))
			}
			return out
		})
	}
}
