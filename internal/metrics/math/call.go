package math

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// function evaluates a call of which the arguments are known.
type function func(env *Env, args []Value) (Value, error)

// call reads a function's arguments after its opening parenthesis.
func (p *parser) call(name string) (node, error) {
	p.out.calls = append(p.out.calls, name)
	switch name {
	case "METRICS":
		return p.metrics()
	case "SEARCH":
		return p.search()
	case "FILL":
		return p.fill()
	case "SORT":
		return p.sort()
	case "TIME_SERIES", "IF":
	case "ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "LAMBDA", "DB_PERF_INSIGHTS":
		return nil, fmt.Errorf("the function %s is not built in Dipylon", name)
	}
	f, least, most := functionOf(name)
	if f == nil {
		return nil, fmt.Errorf("there is no function %s", name)
	}
	args, err := p.list(")")
	if err == nil && (len(args) < least || len(args) > most) {
		err = fmt.Errorf("%s takes %d to %d arguments", name, least, most)
	}
	return calling{f, args}, err
}

type calling struct {
	function
	args []node
}

func (c calling) eval(env *Env) (Value, error) {
	args := make([]Value, len(c.args))
	for i, n := range c.args {
		var err error
		if args[i], err = n.eval(env); err != nil {
			return args[i], err
		}
	}
	return c.function(env, args)
}

// functionOf returns a function with its least and greatest number of arguments.
func functionOf(name string) (f function, least, most int) {
	switch name {
	case "ABS":
		return mapped(math.Abs), 1, 1
	case "CEIL":
		return mapped(math.Ceil), 1, 1
	case "FLOOR":
		return mapped(math.Floor), 1, 1
	case "LOG":
		return mapped(math.Log), 1, 1
	case "LOG10":
		return mapped(math.Log10), 1, 1
	case "DIFF":
		return stepped(func(from, to, _ float64) float64 { return to - from }), 1, 1
	case "DIFF_TIME":
		return stepped(func(_, _, seconds float64) float64 { return seconds }), 1, 1
	case "RATE":
		return stepped(func(from, to, seconds float64) float64 { return (to - from) / seconds }), 1, 1
	case "RUNNING_SUM":
		return runningSum, 1, 1
	case "PERIOD":
		return period, 1, 1
	case "METRIC_COUNT":
		return metricCount, 1, 1
	case "FIRST":
		return pick(func(int) int { return 0 }), 1, 1
	case "LAST":
		return pick(func(n int) int { return n - 1 }), 1, 1
	case "REMOVE_EMPTY":
		return removeEmpty, 1, 1
	case "SLICE":
		return slice, 2, 3
	case "IF":
		return choose, 2, 3
	case "TIME_SERIES":
		return constant, 1, 1
	}
	if a := aggregate(name); a != nil {
		return aggregated(a, name == "AVG"), 1, 1
	}
	if at := clock(name); at != nil {
		return clocked(at), 1, 1
	}
	return nil, 0, 0
}

func mapped(f func(float64) float64) function {
	return func(_ *Env, args []Value) (Value, error) {
		return each(args[0], func(x float64) (float64, bool) { return finite(f(x)) }), nil
	}
}

var errSeries = errors.New("the argument must be a time series")

func seriesOf(v Value, f func(Series) Series) (Value, error) {
	if v.Kind == Scalar {
		return v, errSeries
	}
	return eachSeries(v, f), nil
}

// stepped makes a value of each two that follow one another.
func stepped(f func(from, to, seconds float64) float64) function {
	return func(_ *Env, args []Value) (Value, error) {
		return seriesOf(args[0], func(s Series) Series {
			out := s.empty()
			for i := 1; i < len(s.Values); i++ {
				out.add(s.Times[i], f(s.Values[i-1], s.Values[i], float64(s.Times[i]-s.Times[i-1])))
			}
			return out
		})
	}
}

func runningSum(_ *Env, args []Value) (Value, error) {
	return seriesOf(args[0], func(s Series) Series {
		out, sum := s.empty(), 0.0
		for i, v := range s.Values {
			sum += v
			out.add(s.Times[i], sum)
		}
		return out
	})
}

func period(_ *Env, args []Value) (Value, error) {
	if args[0].Kind != One {
		return args[0], errSeries
	}
	return Value{Number: float64(args[0].Series[0].Period)}, nil
}

func metricCount(_ *Env, args []Value) (Value, error) {
	return Value{Number: float64(len(args[0].Series))}, nil
}

func pick(index func(n int) int) function {
	return func(_ *Env, args []Value) (Value, error) {
		if len(args[0].Series) == 0 {
			return Value{Kind: One, Series: make([]Series, 1)}, nil
		}
		i := index(len(args[0].Series))
		return Value{Kind: One, Series: args[0].Series[i : i+1]}, nil
	}
}

func removeEmpty(_ *Env, args []Value) (Value, error) {
	out := Value{Kind: Many}
	for _, s := range args[0].Series {
		if len(s.Values) > 0 {
			out.Series = append(out.Series, s)
		}
	}
	return out, nil
}

func slice(_ *Env, args []Value) (Value, error) {
	all := args[0].Series
	from, to := 0.0, float64(len(all))
	for i, bound := range []*float64{&from, &to} {
		if i+1 < len(args) {
			if args[i+1].Kind != Scalar {
				return Value{}, errors.New("the bounds of SLICE must be numbers")
			}
			*bound = min(max(args[i+1].Number, 0), float64(len(all)))
		}
	}
	return Value{Kind: Many, Series: all[int(min(from, to)):int(to)]}, nil
}

// constant gives a value at every time.
func constant(env *Env, args []Value) (Value, error) {
	if args[0].Kind != Scalar {
		return args[0], errors.New("TIME_SERIES takes a number")
	}
	s := Series{Period: env.Period, Times: env.grid(env.Period)}
	s.Values = slices.Repeat([]float64{args[0].Number}, len(s.Times))
	return Value{Kind: One, Series: []Series{s}}, nil
}

// maxGrid bounds the points of a series that is made for every time.
const maxGrid = 100_800

func (env *Env) grid(period int64) []int64 {
	var all []int64
	for t := env.From; period > 0 && t < env.Before && len(all) < maxGrid; t += period {
		all = append(all, t)
	}
	return all
}

// metrics reads METRICS() and METRICS("part of an id").
func (p *parser) metrics() (node, error) {
	part := ""
	if t := p.peek(); t.kind == quoted {
		part = p.take().text
	}
	if !p.accept(")") {
		return nil, p.unexpected()
	}
	return metricsNode(part), nil
}

// search reads SEARCH('...', 'Average', 300); without a period it is that of the request.
func (p *parser) search() (node, error) {
	query, err := p.quoted()
	if err != nil {
		return nil, err
	}
	n := searchNode{}
	if n.search, err = ParseSearch(query); err != nil {
		return nil, err
	}
	if !p.accept(",") {
		return nil, p.unexpected()
	}
	if n.statistic, err = p.quoted(); err != nil {
		return nil, err
	}
	if p.accept(",") {
		t := p.take()
		if n.period, err = strconv.ParseInt(t.text, 10, 32); err != nil || t.kind != numeral || n.period < 1 {
			return nil, errors.New("the period of SEARCH must be a number of seconds")
		}
	}
	if !p.accept(")") {
		return nil, p.unexpected()
	}
	return n, nil
}

func (p *parser) quoted() (string, error) {
	if p.peek().kind != quoted {
		return "", p.unexpected()
	}
	return p.take().text, nil
}

type searchNode struct {
	search    *Search
	statistic string
	period    int64
}

func (n searchNode) eval(env *Env) (Value, error) {
	found, err := env.Search(n.search, n.statistic, n.period)
	return Value{Kind: Many, Series: found}, err
}
