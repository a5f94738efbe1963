package insights

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// function is one of a row's values. least and most bound its arguments.
type function struct {
	least, most int
	run         func(args []value) value
}

// many is for functions with any number of arguments.
const many = 100

// call is a function with its arguments.
type call struct {
	run  func(args []value) value
	args []expression
}

func (c call) of(r *row) value {
	var room [4]value
	values := room[:0]
	for _, a := range c.args {
		values = append(values, a.of(r))
	}
	return c.run(values)
}

func (p *parser) call(name token) (expression, error) {
	args, err := p.list(")")
	if err != nil {
		return nil, err
	}
	lower := strings.ToLower(name.text)
	if lower == "bin" && len(args) == 1 {
		args = append([]expression{field(slotTimestamp)}, args...)
	}
	f, ok := functions[lower]
	if !ok {
		return nil, &Error{fmt.Sprintf("the function %s is not known or not built", name.text), name.start, name.end}
	}
	if len(args) < f.least || len(args) > f.most {
		return nil, &Error{fmt.Sprintf("the function %s has a wrong number of arguments", name.text), name.start, name.end}
	}
	return call{f.run, args}, nil
}

func numeric(f func(float64) float64) function {
	return function{1, 1, func(a []value) value {
		x, ok := a[0].num()
		if !ok {
			return value{}
		}
		return ofNumber(f(x))
	}}
}

func textual(f func(string) value) function {
	return function{1, 1, func(a []value) value {
		if a[0].kind == absent {
			return value{}
		}
		return f(a[0].String())
	}}
}

// functions are those of one row, in lower case
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html).
var functions = map[string]function{ //nolint:gochecknoglobals // a constant table
	"abs":      numeric(math.Abs),
	"ceil":     numeric(math.Ceil),
	"floor":    numeric(math.Floor),
	"log":      numeric(math.Log),
	"sqrt":     numeric(math.Sqrt),
	"greatest": {1, many, func(a []value) value { return pick(a, 1) }},
	"least":    {1, many, func(a []value) value { return pick(a, -1) }},

	"ispresent": {1, 1, func(a []value) value { return ofBool(a[0].kind != absent) }},
	"coalesce": {1, many, func(a []value) value {
		for _, v := range a {
			if v.kind != absent {
				return v
			}
		}
		return value{}
	}},
	"isempty": {1, 1, func(a []value) value { return ofBool(a[0].String() == "") }},
	"isblank": {1, 1, func(a []value) value { return ofBool(strings.TrimSpace(a[0].String()) == "") }},
	"concat": {1, many, func(a []value) value {
		var b strings.Builder
		for _, v := range a {
			b.WriteString(v.String())
		}
		return ofText(b.String())
	}},
	"strlen":  textual(func(s string) value { return ofNumber(float64(utf8.RuneCountInString(s))) }),
	"toupper": textual(func(s string) value { return ofText(strings.ToUpper(s)) }),
	"tolower": textual(func(s string) value { return ofText(strings.ToLower(s)) }),
	"trim":    {1, 2, trim(strings.TrimSpace, strings.Trim)},
	"ltrim":   {1, 2, trim(func(s string) string { return strings.TrimLeft(s, " \t") }, strings.TrimLeft)},
	"rtrim":   {1, 2, trim(func(s string) string { return strings.TrimRight(s, " \t") }, strings.TrimRight)},
	"substr":  {2, 3, substr},
	"replace": {3, 3, func(a []value) value {
		if a[0].kind == absent || a[1].String() == "" {
			return a[0]
		}
		out := strings.ReplaceAll(a[0].String(), a[1].String(), a[2].String())
		if len(out) > maxText {
			out = out[:maxText]
		}
		return ofText(out)
	}},
	"strcontains": {2, 2, func(a []value) value { return ofBool(strings.Contains(a[0].String(), a[1].String())) }},

	"bin":        {2, 2, func(a []value) value { return step(a, math.Floor) }},
	"datefloor":  {2, 2, func(a []value) value { return step(a, math.Floor) }},
	"dateceil":   {2, 2, func(a []value) value { return step(a, math.Ceil) }},
	"frommillis": {1, 1, func(a []value) value { return as(a[0], moment) }},
	"tomillis":   {1, 1, func(a []value) value { return as(a[0], number) }},
}

// maxText bounds what functions make.
const maxText = 1 << 20

func pick(a []value, sign int) value {
	var best value
	for _, v := range a {
		if _, ok := v.num(); ok && (best.kind == absent || compare(v, best)*sign > 0) {
			best = v
		}
	}
	return best
}

func trim(space func(string) string, of func(s, cutset string) string) func([]value) value {
	return func(a []value) value {
		switch {
		case a[0].kind == absent:
			return value{}
		case len(a) == 1:
			return ofText(space(a[0].String()))
		}
		return ofText(of(a[0].String(), a[1].String()))
	}
}

func substr(a []value) value {
	if a[0].kind == absent {
		return value{}
	}
	runes := []rune(a[0].String())
	bound := func(v value) int {
		f, _ := v.num()
		return int(max(0, min(f, float64(len(runes)))))
	}
	start, end := bound(a[1]), len(runes)
	if len(a) == 3 {
		end = min(end, start+bound(a[2]))
	}
	return ofText(string(runes[start:end]))
}

// step rounds a time to a multiple of a period in milliseconds.
func step(a []value, round func(float64) float64) value {
	t, ok := a[0].num()
	period, also := a[1].num()
	if !ok || !also || period <= 0 {
		return value{}
	}
	return value{kind: moment, number: round(t/period) * period}
}

func as(v value, k kind) value {
	f, ok := v.num()
	if !ok {
		return value{}
	}
	return value{kind: k, number: f}
}

// parsePeriod reads 5m: a number and a unit, as milliseconds.
func parsePeriod(s string) (float64, bool) {
	n := strings.IndexFunc(s, func(r rune) bool { return 'a' <= r && r <= 'z' })
	if n < 1 {
		return 0, false
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	if err != nil {
		return 0, false
	}
	const second = 1000
	switch s[n:] {
	case "ms", "msec":
	case "s", "sec", "second", "seconds":
		f *= second
	case "m", "min", "minute", "minutes":
		f *= 60 * second
	case "h", "hr", "hour", "hours":
		f *= 3600 * second
	case "d", "day", "days":
		f *= 24 * 3600 * second
	case "w", "week", "weeks":
		f *= 7 * 24 * 3600 * second
	default:
		return 0, false
	}
	return f, true
}
