package math

import (
	"cmp"
	"errors"
	"slices"
)

// fill reads FILL(series, value), where the value may be REPEAT or LINEAR.
func (p *parser) fill() (node, error) {
	n := fillNode{}
	var err error
	if n.of, err = p.binary(1); err != nil {
		return nil, err
	}
	if !p.accept(",") {
		return nil, p.unexpected()
	}
	if t := p.peek(); t.kind == word && (t.text == "REPEAT" || t.text == "LINEAR") {
		n.mode = p.take().text
	} else if n.with, err = p.binary(1); err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, p.unexpected()
	}
	return n, nil
}

type fillNode struct {
	of, with node
	mode     string
}

func (n fillNode) eval(env *Env) (Value, error) {
	v, err := n.of.eval(env)
	if err != nil {
		return v, err
	}
	missing := func(*Series, int64) (float64, bool) { return 0, false }
	switch n.mode {
	case "REPEAT":
		missing = repeated
	case "LINEAR":
		missing = interpolated
	default:
		with, err := n.with.eval(env)
		if err != nil {
			return with, err
		}
		switch with.Kind {
		case Scalar:
			missing = func(*Series, int64) (float64, bool) { return with.Number, true }
		case One:
			missing = func(_ *Series, t int64) (float64, bool) { return with.Series[0].at(t) }
		case Many:
			return with, errors.New("FILL takes a number, a time series, REPEAT or LINEAR")
		}
	}
	return seriesOf(v, func(s Series) Series {
		out := s.empty()
		for _, t := range times(s, Series{Times: env.grid(cmp.Or(s.Period, env.Period))}) {
			value, ok := s.at(t)
			if !ok {
				value, ok = missing(&s, t)
			}
			if ok {
				out.add(t, value)
			}
		}
		return out
	})
}

// repeated returns the newest value before a time.
func repeated(s *Series, t int64) (float64, bool) {
	i, _ := slices.BinarySearch(s.Times, t)
	if i == 0 {
		return 0, false
	}
	return s.Values[i-1], true
}

// interpolated returns a value on the line between those before and after a time.
func interpolated(s *Series, t int64) (float64, bool) {
	i, _ := slices.BinarySearch(s.Times, t)
	if i == 0 || i == len(s.Times) {
		return 0, false
	}
	share := float64(t-s.Times[i-1]) / float64(s.Times[i]-s.Times[i-1])
	return s.Values[i-1] + share*(s.Values[i]-s.Values[i-1]), true
}

// choose is IF(condition, then, otherwise).
func choose(_ *Env, args []Value) (Value, error) {
	condition, then := args[0], args[1]
	var otherwise *Value
	if len(args) > 2 {
		otherwise = &args[2]
	}
	for _, v := range args {
		if v.Kind == Many {
			return v, errors.New("IF takes time series and numbers")
		}
	}
	if condition.Kind == Scalar {
		switch {
		case condition.Number != 0:
			return then, nil
		case otherwise != nil:
			return *otherwise, nil
		}
		return Value{Kind: One, Series: make([]Series, 1)}, nil
	}
	of := &condition.Series[0]
	out := Series{Label: of.Label, Period: of.Period}
	for i, c := range of.Values {
		t := of.Times[i]
		switch {
		case c != 0:
			value, _ := then.at(t) // what is missing is 0
			out.add(t, value)
		case otherwise != nil:
			if value, ok := otherwise.at(t); ok {
				out.add(t, value)
			}
		}
	}
	return Value{Kind: One, Series: []Series{out}}, nil
}

// at returns a number, or a series' value at a time.
func (v *Value) at(t int64) (float64, bool) {
	if v.Kind == Scalar {
		return v.Number, true
	}
	return v.Series[0].at(t)
}
