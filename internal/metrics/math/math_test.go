package math

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// missing is where a series has no value.
const missing = -999

func series(id string, values ...float64) Series {
	s := Series{ID: id, Label: strings.ToUpper(id), Period: 60}
	for i, v := range values {
		if v != missing {
			s.add(int64(60*i), v)
		}
	}
	return s
}

// show writes series with a dash where a value is missing.
func show(v Value) string {
	var all []string
	for i := range v.Series {
		values := make([]string, 5)
		for j := range values {
			values[j] = "-"
			if x, ok := v.Series[i].at(int64(60 * j)); ok {
				values[j] = strconv.FormatFloat(x, 'g', 6, 64)
			}
		}
		all = append(all, strings.Join(values, " "))
	}
	return strings.Join(all, " | ")
}

func env() *Env {
	all := []Series{
		series("m1", 30, 20, 0, 0), series("m2", 20, missing, 20, missing),
		series("c1", 1, 1, 0, 0, missing), series("v2", 30, missing, 0, 0, 30), series("v3", 0, 0, 20, missing, 20),
		series("errors4", 1, 2, 3, 4, 5), series("errors5", missing, missing, missing, missing, 5),
	}
	return &Env{
		From: 0, Before: 300, Period: 60,
		Lookup: func(id string) (Value, error) {
			for _, s := range all {
				if s.ID == id {
					return Value{Kind: One, Series: []Series{s}}, nil
				}
			}
			if id == "arr" {
				return Value{Kind: Many, Series: all[:2]}, nil
			}
			return Value{}, fmt.Errorf("no %s", id)
		},
		Metrics: func() ([]Series, error) { return all, nil },
		Search: func(s *Search, stat string, period int64) ([]Series, error) {
			if s.Match(&Candidate{Namespace: "AWS/Lambda", Name: "Errors", Dimensions: [][2]string{{"FunctionName", "f"}}}) {
				return []Series{series("", float64(period), float64(len(stat)))}, nil
			}
			return nil, nil
		},
	}
}

// TestEval: where nothing else is said, facts and examples are the user guide's
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
func TestEval(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"m1", "30 20 0 0 -"},
		{"m1 + m2", "50 20 20 0 -"},
		{"m1 - m2", "10 20 -20 0 -"},
		{"m1 * 2 + 1", "61 41 1 1 -"},
		{"m1 / m2", "1.5 - 0 - -"}, // a division by zero drops the point
		{"-m1 ^ 2", "-900 -400 0 0 -"},
		{"m1 * 2 ^ -1", "15 10 0 0 -"},
		{"2 ^ 3 ^ 0 * m1", "60 40 0 0 -"},
		{"-5 * m1", "-150 -100 0 0 -"},
		{"m1 - 1 - 1", "28 18 -2 -2 -"},
		{"(m1 + 10) / 1e1", "4 3 1 1 -"},
		{"PERIOD(m1) / 60 * m1", "30 20 0 0 -"},
		{"m1 < m2", "0 0 1 0 -"},
		{"m1 >= 30", "1 0 0 0 -"},
		{"m1 > 15 AND m2 > 15", "1 0 0 0 -"},
		{"m1 > 15 || m2 > 15", "1 1 1 0 -"},
		{"m1 == 0 && m1 != 1", "0 0 1 1 -"},
		{"ABS(m1 - m2)", "10 20 20 0 -"},
		{"CEIL(m1 / 7)", "5 3 0 0 -"}, {"FLOOR(m1 / 7)", "4 2 0 0 -"},
		{"LOG10(m1 * 10)", "2.47712 2.30103 - - -"}, {"LOG(m1 / m1)", "0 0 - - -"},
		{"m1 - AVG(m1)", "17.5 7.5 -12.5 -12.5 -"},
		{"m1 / MAX(m1)", "1 0.666667 0 0 -"},
		{"m1 - MIN(m1) + SUM(m2) + DATAPOINT_COUNT(m2)", "72 62 42 42 -"},
		{"STDDEV(m2) + m1", "30 20 0 0 -"},
		{"SUM([m1, m2])", "50 20 20 0 -"}, {"AVG([m1, m2])", "25 10 10 0 -"},
		{"MIN([m1, m2])", "20 20 0 0 -"}, {"MAX([m1, m2])", "30 20 20 0 -"},
		{"[m1, m2] / 10", "3 2 0 0 - | 2 - 2 - -"},
		{"SUM(100 / [m1, m2])", "8.33333 5 5 - -"},
		{"AVG([m1, m2] / errors4)", "25 5 3.33333 0 0"},
		{"[m1, m2] + [m2, m1]", "50 20 20 0 - | 50 20 20 0 -"},
		{"m1 - [m1, m2]", "0 0 0 0 - | 10 20 -20 0 -"},
		{"SUM(METRICS(\"errors\"))", "1 2 3 4 10"},
		{"METRICS('errors4') * 100 / METRIC_COUNT(METRICS('errors'))", "50 100 150 200 250"},
		{"SUM([METRICS(\"errors4\"), METRICS(\"errors5\")])", "1 2 3 4 10"},
		{"DIFF(m1)", "- -10 -20 0 -"}, {"DIFF_TIME(m2)", "- - 120 - -"}, {"RATE(m2 * errors4)", "- -0.333333 1 -1 0"},
		{"RUNNING_SUM(errors4)", "1 3 6 10 15"},
		{"FILL(m2, 7)", "20 7 20 7 7"}, {"FILL(m2, REPEAT)", "20 20 20 20 20"}, {"FILL(m2, LINEAR)", "20 20 20 - -"},
		{"FILL(m2, m1)", "20 20 20 0 -"}, {"FILL(METRICS('m2'), MIN(m1))", "20 0 20 0 0"},
		{"IF(c1, v2, v3)", "30 0 20 - -"}, {"IF(c1, 5, v3)", "5 5 20 - -"}, {"IF(c1, v2, 5)", "30 0 5 5 -"},
		{"IF(m1 < 25, m1)", "- 20 0 0 -"}, {"IF(m1 < 25, 10, 2)", "2 10 10 10 -"}, {"IF(1, m1)", "30 20 0 0 -"}, {"IF(0, m1)", "- - - - -"},
		{"IF(0, m1, m2)", "20 - 20 - -"},
		{"TIME_SERIES(MAX(m1))", "30 30 30 30 30"}, {"MINUTE(m2) + HOUR(m2) + DATE(m2) + MONTH(m2)", "2 3 4 5 6"},
		{"DAY(m1)", "4 4 4 4 4"}, {"EPOCH(m1)", "0 60 120 180 240"}, {"YEAR(m1)", "1970 1970 1970 1970 1970"},
		{"FIRST([m1, m2])", "30 20 0 0 -"}, {"LAST([m1, m2])", "20 - 20 - -"}, {"SLICE([m1, m2], 1)", "20 - 20 - -"}, {"SLICE([m1, m2], 0, 1)", "30 20 0 0 -"},
		{"SORT([m1, m2, errors4], AVG, DESC, 2)", "20 - 20 - - | 30 20 0 0 -"}, {"FIRST(SORT([m1, errors4], MAX, ASC))", "1 2 3 4 5"},
		{"REMOVE_EMPTY([m1 / 0, m2])", "20 - 20 - -"},
		{"SEARCH('{AWS/Lambda,FunctionName} Errors', 'Average', 300)", "300 7 - - -"},
		{"SUM(SEARCH(' {AWS/Lambda, FunctionName}, MetricName=\"Errors\" ', 'Sum'))", "0 3 - - -"},
		{"SEARCH('Nothing', 'Sum', 60)", ""},
		{"SUM(arr)", "50 20 20 0 -"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			e, err := Parse(c.expression)
			if err != nil {
				t.Fatal(err)
			}
			v, err := e.Eval(env())
			if err != nil {
				t.Fatal(err)
			}
			if got := show(v); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, expression := range []string{
		"", "m1 +", "m1 m2", "(m1", "m1)", "[m1, 5]", "M1", "SUM", "SUM(", "SUM()", "SUM(m1, m2)", "NOTHING(m1)", "m1 ? 2", "'text'", "1.2.3 * m1",
		"1 + 2", "AVG(m1)", "IF(m1)", "FILL(m1)", "FILL(m1, [m2])", "SORT(m1, WRONG, ASC)", "SORT([m1], AVG, UP)", "PERIOD([m1])", "TIME_SERIES(m1)",
		"SEARCH(m1)", "SEARCH('', 'Sum', 60)", "SEARCH('{', 'Sum', 60)", "SEARCH('a', 'Sum', 0)", "SEARCH('(a', 'Sum', 60)", "METRICS(m1)",
		"ANOMALY_DETECTION_BAND(m1)", "unknown + 1", "IF(METRICS(), 1, 2)", "SUM(5)", "[m1] + [m1, m2]", "1 / 0 * m1",
		strings.Repeat("(", 1000) + "m1" + strings.Repeat(")", 1000), strings.Repeat("-", 2000) + "m1",
	} {
		e, err := Parse(expression)
		if err == nil {
			_, err = e.Eval(env())
		}
		if err == nil {
			t.Errorf("%.40q is an expression", expression)
		}
	}
}

func TestNames(t *testing.T) {
	e, err := Parse("SUM([m1, m2, m1]) + IF(m3, METRICS())")
	if err != nil || !slices.Equal(e.Names(), []string{"m1", "m2", "m3"}) || !e.Calls("METRICS") || e.Calls("SEARCH") {
		t.Errorf("%v, %v", e, err)
	}
}

// TestSearch: examples are
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html.
func TestSearch(t *testing.T) {
	metric := func(namespace, name string, dimensions ...string) *Candidate {
		c := &Candidate{Namespace: namespace, Name: name}
		for i := 0; i < len(dimensions); i += 2 {
			c.Dimensions = append(c.Dimensions, [2]string{dimensions[i], dimensions[i+1]})
		}
		return c
	}
	custom := metric("MyNamespace", "CustomCount1")
	cpu := metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-1234567890123456")
	micro := metric("AWS/EC2", "NetworkPacketsIn", "InstanceType", "t2.micro")
	errors := metric("AWS/Lambda", "Errors", "FunctionName", "ProjectA-list")
	odd := metric("My Namespace", "Network-Errors-2", "Dimension@Name", `Europe\France Traffic(Network)`)
	for _, c := range []struct {
		search string
		yes    []*Candidate
	}{
		{`count`, []*Candidate{custom}}, {`COUNT`, []*Candidate{custom}}, {`couNT`, nil}, {`CustomCount`, []*Candidate{custom}}, {`Count1`, []*Candidate{custom}},
		{`customcount`, nil}, {`count1`, nil}, {`customcount1`, []*Candidate{custom}},
		{` {MyNamespace}, "CustomCount1" `, []*Candidate{custom}}, {` {MyNamespace}, "customcount1" `, nil}, {` {MyNamespace}, "Custom" `, nil},
		{` {AWS/EC2,InstanceId} MetricName="CPUUtilization" `, []*Candidate{cpu}}, {`{AWS/EC2}`, []*Candidate{cpu, micro}}, {`{AWS/EC2,InstanceType}`, []*Candidate{micro}},
		{` InstanceType=micro `, []*Candidate{micro}}, {` InstanceType="t2.micro" Namespace="AWS/EC2" `, []*Candidate{micro}}, {`InstanceType="micro"`, nil},
		{`NOT Namespace=AWS `, []*Candidate{custom, odd}}, {`network AND packets`, []*Candidate{micro}}, {`network packets`, []*Candidate{micro}},
		{`{AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT i-1234567890123456`, nil},
		{`(EC2 OR Lambda) AND NOT Packets`, []*Candidate{cpu, errors}}, {`EC2 OR Lambda`, []*Candidate{cpu, micro, errors}},
		{` {AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB)) `, []*Candidate{errors}},
		{`network/errors`, []*Candidate{odd}}, {`Network_Errors`, []*Candidate{odd}}, {`"Network_Errors_2"`, nil}, {`"Network-Errors-2"`, []*Candidate{odd}},
		{`{"My Namespace", "Dimension@Name"} "Europe\\France Traffic\(Network\)"`, []*Candidate{odd}},
	} {
		s, err := ParseSearch(c.search)
		if err != nil {
			t.Errorf("%s: %v", c.search, err)
			continue
		}
		for _, m := range []*Candidate{custom, cpu, micro, errors, odd} {
			if got := s.Match(m); got != slices.Contains(c.yes, m) {
				t.Errorf("%s finds %s: %v", c.search, m.Name, got)
			}
		}
	}
	for _, bad := range []string{"", " ", "{}", "{a", "{a,}", "(a", "a)", "a OR", "NOT", "a=", `"a`, "=a", strings.Repeat("(", 500)} {
		if s, err := ParseSearch(bad); err == nil {
			t.Errorf("%q is a search: %+v", bad, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"SUM([m1,m2]) / m2 * 100", "IF(m1>5 AND m2<=3, FILL(m1, LINEAR), 0)", "SORT(METRICS('e'), AVG, DESC, 2)",
		"SEARCH('{AWS/EC2,InstanceId} (a OR b) NOT MetricName=\"c\"', 'Average', 300)", "-m1^2^-1", "TIME_SERIES(10)-RATE(arr)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2048 {
			return
		}
		e, err := Parse(text)
		if err != nil {
			return
		}
		v, err := e.Eval(env())
		if err == nil && v.Kind == One && len(v.Series) != 1 {
			t.Errorf("%q gives %d series for one", text, len(v.Series))
		}
	})
}
