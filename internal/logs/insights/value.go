package insights

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// value is what a field has.
type value struct {
	kind   kind
	text   string
	number float64
}

// kind is a closed set.
type kind uint8

const (
	absent kind = iota
	text
	number
	moment // milliseconds since 1970 that show as a date
	boolean
)

func ofBool(b bool) value {
	if b {
		return value{kind: boolean, number: 1}
	}
	return value{kind: boolean}
}

func ofNumber(f float64) value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return value{}
	}
	return value{kind: number, number: f}
}

func ofText(s string) value { return value{kind: text, text: s} }

// num is the value as a number, if it is one or reads like one.
func (v value) num() (float64, bool) {
	switch v.kind {
	case number, moment, boolean:
		return v.number, true
	case text:
		f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
		return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	case absent:
	}
	return 0, false
}

func (v value) truth() bool {
	switch v.kind {
	case boolean, number, moment:
		return v.number != 0
	case text:
		return v.text != "" && v.text != "false" && v.text != "0"
	case absent:
	}
	return false
}

// String is how a result shows the value: numbers with at most four decimals, and times as dates.
func (v value) String() string {
	switch v.kind {
	case number:
		const decimals = 1e4
		return strconv.FormatFloat(math.Round(v.number*decimals)/decimals, 'f', -1, 64)
	case moment:
		return time.UnixMilli(int64(v.number)).UTC().Format("2006-01-02 15:04:05.000")
	case boolean:
		if v.number != 0 {
			return "1"
		}
		return "0"
	case text:
		return v.text
	case absent:
	}
	return ""
}

// compare orders values: as numbers if both are, else as texts; what is absent comes first.
func compare(a, b value) int {
	if (a.kind == absent) != (b.kind == absent) {
		if a.kind == absent {
			return -1
		}
		return 1
	}
	x, ok := a.num()
	y, also := b.num()
	if ok && also {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a.String(), b.String())
}
