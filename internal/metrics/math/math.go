// Package math is CloudWatch's metric math: expressions over time series, compiled and evaluated
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html), and the searches that are part of it.
//
// It may use the standard library only. Series come from its caller.
package math

import (
	"errors"
	"fmt"
	"slices"
)

// Series is what was measured, or computed, at some times. Times ascend.
type Series struct {
	// ID is that of the metric; empty for what is computed or found.
	ID, Label string
	// Period is how far its points are apart, in seconds.
	Period int64
	Times  []int64
	Values []float64
}

// Value is what an expression gives: a number, a series or several.
type Value struct {
	Kind   Kind
	Number float64
	// Series are one or several, as Kind says.
	Series []Series
}

// Kind is what a value is.
type Kind int

// The kinds.
const (
	Scalar Kind = iota
	One
	Many
)

// Env is what an expression is evaluated in.
type Env struct {
	// From and Before bound the times, in seconds. Period is the grid of series that have no other.
	From, Before, Period int64
	// Lookup finds the value of another query by its id.
	Lookup func(id string) (Value, error)
	// Metrics are the metrics of the request, in order.
	Metrics func() ([]Series, error)
	// Search finds series of metrics.
	Search func(*Search, string, int64) ([]Series, error)
}

// Expression is a parsed expression.
type Expression struct {
	root  node
	names []string
	calls []string
}

// Names returns the ids that the expression names.
func (e *Expression) Names() []string { return e.names }

// Calls tells whether the expression calls a function.
func (e *Expression) Calls(function string) bool { return slices.Contains(e.calls, function) }

// Eval evaluates the expression. A number is no result: AWS wants series.
func (e *Expression) Eval(env *Env) (Value, error) {
	v, err := e.root.eval(env)
	if err == nil && v.Kind == Scalar {
		err = errors.New("the result of an expression must be a time series or an array of time series")
	}
	return v, err
}

type node interface {
	eval(env *Env) (Value, error)
}

type number float64

func (n number) eval(*Env) (Value, error) { return Value{Number: float64(n)}, nil }

type name string

func (n name) eval(env *Env) (Value, error) { return env.Lookup(string(n)) }

type list []node

func (l list) eval(env *Env) (Value, error) {
	all := Value{Kind: Many}
	for _, n := range l {
		v, err := n.eval(env)
		if err != nil {
			return v, err
		}
		if v.Kind == Scalar {
			return v, errors.New("an array holds time series only")
		}
		all.Series = append(all.Series, v.Series...)
	}
	return all, nil
}

type negation struct{ of node }

func (n negation) eval(env *Env) (Value, error) {
	v, err := n.of.eval(env)
	if err != nil {
		return v, err
	}
	return each(v, func(x float64) (float64, bool) { return 0 - x, true }), nil
}

type binary struct {
	op          string
	left, right node
}

func (b binary) eval(env *Env) (Value, error) {
	l, err := b.left.eval(env)
	if err != nil {
		return l, err
	}
	r, err := b.right.eval(env)
	if err != nil {
		return r, err
	}
	return combine(l, r, operators(b.op))
}

// each applies f to a number or to every value; values for which it returns false are dropped.
func each(v Value, f func(float64) (float64, bool)) Value {
	if v.Kind == Scalar {
		v.Number, _ = f(v.Number)
		return v
	}
	return eachSeries(v, func(s Series) Series {
		out := s.empty()
		for i, x := range s.Values {
			if y, ok := f(x); ok {
				out.add(s.Times[i], y)
			}
		}
		return out
	})
}

func eachSeries(v Value, f func(Series) Series) Value {
	out := Value{Kind: v.Kind, Series: make([]Series, len(v.Series))}
	for i := range v.Series {
		out.Series[i] = f(v.Series[i])
	}
	return out
}

func (s *Series) empty() Series { return Series{ID: s.ID, Label: s.Label, Period: s.Period} }

func (s *Series) add(at int64, value float64) {
	s.Times = append(s.Times, at)
	s.Values = append(s.Values, value)
}

// at returns the value at a time.
func (s *Series) at(t int64) (float64, bool) {
	if i, ok := slices.BinarySearch(s.Times, t); ok {
		return s.Values[i], true
	}
	return 0, false
}

// times returns those at which any of the series has a value, in order.
func times(all ...Series) []int64 {
	var union []int64
	for i := range all {
		union = append(union, all[i].Times...)
	}
	slices.Sort(union)
	return slices.Compact(union)
}

// combine applies an operator. What is missing in one of two series is 0; what the operator does not know is dropped.
func combine(l, r Value, op operator) (Value, error) {
	switch {
	case l.Kind == Scalar && r.Kind == Scalar:
		v, ok := op(l.Number, r.Number)
		if !ok {
			return Value{}, errors.New("division by zero")
		}
		return Value{Number: v}, nil
	case r.Kind == Scalar:
		return each(l, func(x float64) (float64, bool) { return op(x, r.Number) }), nil
	case l.Kind == Scalar:
		return each(r, func(x float64) (float64, bool) { return op(l.Number, x) }), nil
	case r.Kind == One:
		return eachSeries(l, func(s Series) Series { return join(s, r.Series[0], op) }), nil
	case l.Kind == One:
		return eachSeries(r, func(s Series) Series {
			j := join(l.Series[0], s, op)
			j.Label = s.Label
			return j
		}), nil
	case len(l.Series) != len(r.Series):
		return Value{}, fmt.Errorf("arrays of %d and of %d time series cannot be combined", len(l.Series), len(r.Series))
	}
	out := Value{Kind: Many, Series: make([]Series, len(l.Series))}
	for i := range l.Series {
		out.Series[i] = join(l.Series[i], r.Series[i], op)
	}
	return out, nil
}

func join(l, r Series, op operator) Series {
	out := Series{Label: l.Label, Period: max(l.Period, r.Period)}
	for _, t := range times(l, r) {
		x, _ := l.at(t)
		y, _ := r.at(t)
		if v, ok := op(x, y); ok {
			out.add(t, v)
		}
	}
	return out
}
