package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Statistic is a way to make one number of a summary.
type Statistic struct {
	kind statisticKind
	// low and high bound the values that count, as shares of all if percent is set.
	low, high float64
	percent   bool
}

type statisticKind int

const (
	average statisticKind = iota
	sum
	minimum
	maximum
	sampleCount
	percentile
	trimmedMean
	winsorizedMean
	trimmedCount
	trimmedSum
	percentileRank
)

// ParseStatistic reads the name of a statistic, as CloudWatch has it: Average, Sum, Minimum, Maximum, SampleCount, IQM, p95,
// tm90, TM(10%:90%), and so on
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html).
func ParseStatistic(name string) (Statistic, error) {
	switch name {
	case "Average":
		return Statistic{kind: average}, nil
	case "Sum":
		return Statistic{kind: sum}, nil
	case "Minimum":
		return Statistic{kind: minimum}, nil
	case "Maximum":
		return Statistic{kind: maximum}, nil
	case "SampleCount":
		return Statistic{kind: sampleCount}, nil
	case "IQM":
		return Statistic{kind: trimmedMean, low: 0.25, high: 0.75, percent: true}, nil
	}
	s, ok := parseExtended(name)
	if !ok {
		return Statistic{}, fmt.Errorf("%q is no statistic", name)
	}
	return s, nil
}

func parseExtended(name string) (s Statistic, ok bool) {
	inner, bounded := strings.CutSuffix(name, ")")
	kind, bounds, opened := strings.Cut(inner, "(")
	if bounded != opened {
		return s, false
	}
	if !bounded {
		end := strings.IndexAny(name, "0123456789.")
		if end < 0 {
			return s, false
		}
		kind, bounds = name[:end], name[end:]
	}
	switch strings.ToLower(kind) {
	case "p":
		s.kind = percentile
		if bounded {
			return s, false
		}
	case "tm":
		s.kind = trimmedMean
	case "wm":
		s.kind = winsorizedMean
	case "tc":
		s.kind = trimmedCount
	case "ts":
		s.kind = trimmedSum
	case "pr":
		s.kind = percentileRank
		if !bounded {
			return s, false
		}
	default:
		return s, false
	}
	if bounded {
		return s, strings.ToUpper(kind) == kind && s.parseBounds(bounds)
	}
	s.percent = true
	s.high, ok = parsePercent(bounds)
	return s, ok && strings.ToLower(kind) == kind
}

// parseBounds reads "10%:90%", "150:1000", and either with one side left out.
func (s *Statistic) parseBounds(text string) bool {
	low, high, ok := strings.Cut(text, ":")
	if !ok || low == "" && high == "" {
		return false
	}
	s.percent = strings.Contains(text, "%")
	s.low, s.high = math.Inf(-1), math.Inf(1)
	read := parseNumber
	if s.percent {
		if s.kind == percentileRank {
			return false
		}
		s.low, s.high = 0, 1
		read = func(text string) (float64, bool) {
			text, ok := strings.CutSuffix(text, "%")
			v, valid := parsePercent(text)
			return v, ok && valid
		}
	}
	if low != "" {
		if s.low, ok = read(low); !ok {
			return false
		}
	}
	if high != "" {
		if s.high, ok = read(high); !ok {
			return false
		}
	}
	return s.low < s.high
}

func parseNumber(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

func parsePercent(text string) (float64, bool) {
	v, ok := parseNumber(text)
	return v / 100, ok && v >= 0 && v <= 100 && !strings.ContainsAny(text, "eExX_+-")
}

// NeedsDistribution tells whether more is needed than count, sum, least and greatest value.
func (s Statistic) NeedsDistribution() bool { return s.kind >= percentile }

// Of returns the statistic of a summary; it is not known without any value, and when the values' distribution is needed and not
// known.
func (s Statistic) Of(of *Summary) (float64, bool) {
	if of.Count == 0 {
		return 0, false
	}
	switch s.kind {
	case average:
		return of.Sum / of.Count, true
	case sum:
		return of.Sum, true
	case minimum:
		return of.Min, true
	case maximum:
		return of.Max, true
	case sampleCount:
		return of.Count, true
	case percentile, trimmedMean, winsorizedMean, trimmedCount, trimmedSum, percentileRank:
	}
	bins := of.distribution()
	if bins == nil {
		return 0, false
	}
	if s.kind == percentile {
		return percentileOf(of, bins, s.high*of.Count), true
	}
	if !s.percent {
		s.low, s.high = of.quantize(s.low), of.quantize(s.high)
	}
	return s.between(bins, of.Count)
}

// percentileOf is [valueAt], and exact at both ends.
func percentileOf(of *Summary, bins []bin, rank float64) float64 {
	switch v := valueAt(bins, rank); v {
	case bins[len(bins)-1].value:
		return of.Max
	case bins[0].value:
		return of.Min
	default:
		return v
	}
}

// valueAt returns the least value that, with those below, makes up the rank.
func valueAt(bins []bin, rank float64) float64 {
	below := 0.0
	for _, b := range bins {
		if below += b.count; below >= rank-1e-9 {
			return b.value
		}
	}
	return bins[len(bins)-1].value
}

// between returns what comes of the values within the bounds: above the lower one, up to the higher one.
func (s Statistic) between(bins []bin, total float64) (float64, bool) {
	var count, kept, below, winsorized float64
	low, high := s.low, s.high
	if s.percent {
		low, high = valueAt(bins, s.low*total), valueAt(bins, s.high*total)
	}
	for _, b := range bins {
		n := b.count
		switch {
		case s.percent:
			n = max(0, min(below+b.count, s.high*total)-max(below, s.low*total))
		case b.value <= s.low || b.value > s.high:
			n = 0
		}
		below += b.count
		count += n
		kept += n * b.value
		winsorized += b.count * min(max(b.value, low), high)
	}
	switch s.kind {
	case winsorizedMean:
		return winsorized / total, true
	case trimmedCount:
		return count, true
	case trimmedSum:
		return kept, true
	case percentileRank:
		return 100 * count / total, true
	case trimmedMean, average, sum, minimum, maximum, sampleCount, percentile:
	}
	return kept / count, count > 0
}
