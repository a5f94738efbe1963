package wire

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// text writes the timestamp in its form, or in def where it has none. Epoch seconds have milliseconds where these are
// not zero, and so has ISO 8601.
func (s stamp) text(def TimeFormat) string {
	format := s.format
	if format == DefaultTime {
		format = def
	}
	t := s.time.UTC().Truncate(time.Millisecond)
	switch format {
	case HTTPDate:
		return t.Format(http.TimeFormat)
	case ISO8601:
		return t.Format("2006-01-02T15:04:05.999Z")
	default:
		return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
	}
}

// parseTime reads any of the three forms, which cannot be mistaken for each other: clients are known to mix them.
func parseTime(text string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), true
	}
	if t, err := http.ParseTime(text); err == nil {
		return t.UTC(), true
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return time.Time{}, false
	}
	return fromEpoch(seconds)
}

// fromEpoch keeps milliseconds. It returns false for times outside of the years 1 to 9999, which ISO 8601 cannot write.
func fromEpoch(seconds float64) (time.Time, bool) {
	const year1, year10000 = -62135596800, 253402300800
	if math.IsNaN(seconds) || seconds < year1 || seconds > year10000-1 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), true
}
