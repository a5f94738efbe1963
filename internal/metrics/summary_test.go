package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func summarize(values ...float64) *Summary {
	s := &Summary{}
	for _, v := range values {
		s.Add(v, 1)
	}
	return s
}

func upTo(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i + 1)
	}
	return values
}

// TestStatistics: definitions are those of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html; a percentile is the least value
// below or at which there are as many.
func TestStatistics(t *testing.T) {
	hundred := summarize(upTo(100)...)
	errors := &Summary{}
	errors.Add(0, 97)
	errors.Add(1, 3)
	for _, c := range []struct {
		of   *Summary
		name string
		want float64
	}{
		{hundred, "Average", 50.5}, {hundred, "Sum", 5050}, {hundred, "Minimum", 1}, {hundred, "Maximum", 100}, {hundred, "SampleCount", 100},
		{hundred, "p0", 1}, {hundred, "p50", 50}, {hundred, "p95", 95}, {hundred, "p99.9", 100}, {hundred, "p100", 100},
		{hundred, "tm90", 45.5}, {hundred, "TM(10%:90%)", 50.5}, {hundred, "TM(:90%)", 45.5}, {hundred, "TM(150:1000)", math.NaN()}, {hundred, "TM(10:20)", 15.5},
		{hundred, "IQM", 50.5}, {hundred, "wm90", 50.05}, {hundred, "WM(:50)", 37.75}, {hundred, "tc90", 90}, {hundred, "TC(5:30)", 25}, {hundred, "TC(80%:)", 20},
		{hundred, "ts50", 1275}, {hundred, "TS(99:)", 100}, {hundred, "PR(:30)", 30}, {hundred, "PR(10:30)", 20}, {hundred, "PR(1000:)", 0},
		{errors, "Average", 0.03}, {errors, "Sum", 3}, {errors, "p97", 0}, {errors, "p98", 1}, {errors, "Maximum", 1},
		{summarize(), "Sum", math.NaN()},
		{summarize(7), "p10", 7}, {summarize(-5, 0, 5), "p1", -5}, {summarize(-5, 0, 5), "p50", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseStatistic(c.name)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := s.Of(c.of)
			if ok == math.IsNaN(c.want) || ok && math.Abs(got-c.want) > Accuracy*math.Abs(c.want)+1e-9 {
				t.Errorf("%v, %v; want %v", got, ok, c.want)
			}
		})
	}
}

func TestNoStatistics(t *testing.T) {
	for _, name := range []string{
		"", "average", "p", "p101", "p-1", "p1e1", "pNaN", "P95", "p95%", "TM90", "tm(10%:90%)", "TM()", "TM(:)", "TM(10:5%)", "TM(90%:10%)",
		"TM(1:2", "pr99", "PR(1%:2%)", "x1", "95", "p(1:2)", "TM(a:b)", "TM(1:NaN)", "p0x5", ")",
	} {
		if s, err := ParseStatistic(name); err == nil {
			t.Errorf("%q is %+v", name, s)
		}
	}
}

// TestAccuracy compares percentiles of merged and stored summaries with those of the values, for distributions as latencies
// have them and for others.
func TestAccuracy(t *testing.T) {
	const n, parts = 20_000, 7
	random := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() float64{
		"uniform":     random.Float64,
		"exponential": func() float64 { return 20 * random.ExpFloat64() },
		"lognormal":   func() float64 { return math.Exp(2 * random.NormFloat64()) },
		"two humps":   func() float64 { return 3 + random.Float64() + 5000*float64(random.IntN(2)) },
		"signed":      func() float64 { return 1e6 * random.NormFloat64() },
		"whole":       func() float64 { return float64(random.IntN(40)) },
		"wide":        func() float64 { return math.Ldexp(random.NormFloat64(), random.IntN(600)-300) },
	} {
		t.Run(name, func(t *testing.T) {
			values := make([]float64, n)
			var part [parts]Summary
			for i := range values {
				values[i] = draw()
				part[i%parts].Add(values[i], 1)
			}
			var all Summary
			for i := range part {
				stored := rollupOf(1, place{}, &part[i])
				back := summaryOf(&stored, true)
				all.Merge(&back)
			}
			slices.Sort(values)
			for _, p := range []float64{0, 0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100} {
				s, err := ParseStatistic(fmt.Sprint("p", p))
				if err != nil {
					t.Fatal(err)
				}
				want := values[max(0, int(math.Ceil(p/100*n-1e-9))-1)]
				if got, ok := s.Of(&all); !ok || math.Abs(got-want) > 0.01*math.Abs(want) {
					t.Errorf("p%v is %v, want %v", p, got, want)
				}
			}
			if all.Count != n || all.Min != values[0] || all.Max != values[n-1] {
				t.Errorf("count %v, from %v to %v", all.Count, all.Min, all.Max)
			}
		})
	}
}

// TestOpaque: of a statistic set percentiles are known only if it tells them
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html).
func TestOpaque(t *testing.T) {
	p50, err := ParseStatistic("p50")
	if err != nil {
		t.Fatal(err)
	}
	same, spread := Known(3, 6, 2, 2), Known(3, 6, 1, 4)
	for _, c := range []struct {
		parts []*Summary
		want  float64
		ok    bool
		sum   float64
	}{
		{[]*Summary{&same}, 2, true, 6},
		{[]*Summary{&same, summarize(9)}, 2, true, 15},
		{[]*Summary{&spread}, 0, false, 6},
		{[]*Summary{summarize(1, 2), &spread, summarize(3)}, 0, false, 12},
		{[]*Summary{&spread, summarize(1, 5)}, 0, false, 12},
	} {
		var all Summary
		for _, p := range c.parts {
			all.Merge(p)
		}
		stored := rollupOf(1, place{}, &all)
		all = summaryOf(&stored, true)
		if got, ok := p50.Of(&all); ok != c.ok || math.Abs(got-c.want) > 0.02 || all.Sum != c.sum {
			t.Errorf("%v, %v of a sum of %v; want %v", got, ok, all.Sum, c.want)
		}
	}
	if same.Count != 3 || same.sketch != nil {
		t.Error("merging changes what is merged")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(summarize(upTo(50)...).encode())
	f.Add([]byte{0, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Summary{Count: 2, Sum: 3, Min: 1, Max: 2}
		s.decode(b)
		for _, name := range []string{"p50", "tm90", "PR(1:2)", "wm10"} {
			if st, err := ParseStatistic(name); err == nil {
				st.Of(&s)
			}
		}
	})
}

func FuzzParseStatistic(f *testing.F) {
	for _, seed := range []string{"p99.9", "TM(10%:90%)", "PR(:300)", "tm90", "IQM", "TC(0.005:0.030)"} {
		f.Add(seed)
	}
	values := summarize(upTo(10)...)
	f.Fuzz(func(t *testing.T, name string) {
		if s, err := ParseStatistic(name); err == nil {
			s.Of(values)
		}
	})
}
