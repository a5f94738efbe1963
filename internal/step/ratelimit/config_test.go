package ratelimit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dipylon/dipylon/internal/bucket"
)

func TestParse(t *testing.T) {
	ip := Limit{Name: "ip", Size: bucket.Limit{Rate: 10, Burst: 10}, IPv4Prefix: 32, IPv6Prefix: 64}
	for text, want := range map[string][]Limit{
		`{}`:                                 nil,
		`{"limits":[]}`:                      nil,
		`{"by":"ip","rate":10}`:              {ip},
		`{"rate": 10, "by":"ip"}`:            {ip},
		`{"limits":[{"by":"ip","rate":10}]}`: {ip},
		`{"limits":[
			{"by":"ip","rate":2.5,"burst":100,"name":"slow","ipv4Prefix":24,"ipv6Prefix":48},
			{"by":"claim:cognito:username","rate":30,"per":"minute","missing":"refuse"},
			{"by":"header:X-Client","rate":0.5,"per":"hour","missing":"pass"}]}`: {
			{Name: "slow", Size: bucket.Limit{Rate: 2.5, Burst: 100}, IPv4Prefix: 24, IPv6Prefix: 48},
			{Name: "claim:cognito:username", By: ByClaim, Of: "cognito:username", Size: bucket.Limit{Rate: 0.5, Burst: 30}, Missing: Refuse, IPv4Prefix: 32, IPv6Prefix: 64},
			{Name: "header:X-Client", By: ByHeader, Of: "X-Client", Size: bucket.Limit{Rate: 0.5 / 3600, Burst: 1}, Missing: Pass, IPv4Prefix: 32, IPv6Prefix: 64},
		},
	} {
		got, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got.Limits, cmpopts.IgnoreUnexported(Limit{})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const names = "want one of burst, by, ipv4Prefix, ipv6Prefix, missing, name, per, rate"
	for text, want := range map[string]string{
		``:                                      "the JSON ends too early",
		`[]`:                                    "want a JSON object",
		`{"by":"ip","rate":1,"Burst":2}`:        "Burst is not known: " + names,
		`{"by":"ip","rate":1,"limits":[]}`:      "limits is not known: " + names,
		`{"limits":[],"by":"ip"}`:               "by is not known: want one of limits",
		`{"limits":[{"by":"ip","rate":1},7]}`:   "limits[1]: want a JSON object",
		`{"limits":[{"by":"ip","rate":1},{}]}`:  `limits[1]: by: want "ip", "claim:NAME" or "header:NAME"; rate: want a number of calls above 0`,
		`{"by":"ip","rate":1,"rate":2}`:         "rate stands twice",
		`{"by":"ip","rate":null}`:               "rate is null",
		`{"by":"ip","rate":"1"}`:                "rate: a JSON string does not fit, want a number",
		`{"by":"ip","rate":0}`:                  "rate: want a number of calls above 0",
		`{"by":"ip","rate":-1}`:                 "rate: want a number of calls above 0",
		`{"by":"ip","rate":1e300}`:              "rate: want a number of calls above 0",
		`{"by":"ip","rate":1e-300}`:             "rate: want a number of calls above 0",
		`{"by":"ip","rate":1,"burst":0}`:        "burst: want 1 to 1000000000 calls",
		`{"by":"ip","rate":1,"burst":1.5}`:      "burst: a JSON number 1.5 does not fit, want a whole number",
		`{"by":"ip","rate":1,"burst":9e18}`:     "burst: a JSON number 9e18 does not fit, want a whole number",
		`{"by":"ip","rate":1,"per":"week"}`:     "per: want second, minute, hour or day",
		`{"by":"ip","rate":1,"missing":""}`:     "missing: want share, refuse or pass",
		`{"by":"ip:x","rate":1}`:                `by: want "ip", "claim:NAME" or "header:NAME"`,
		`{"by":"claim:","rate":1}`:              `by: want "ip", "claim:NAME" or "header:NAME"`,
		`{"by":"header","rate":1}`:              `by: want "ip", "claim:NAME" or "header:NAME"`,
		`{"by":"header:a b","rate":1}`:          `by: want "ip", "claim:NAME" or "header:NAME"`,
		`{"by":"ip","rate":1,"ipv4Prefix":7}`:   "ipv4Prefix: want 8 to 32 bits",
		`{"by":"ip","rate":1,"ipv6Prefix":129}`: "ipv6Prefix: want 16 to 128 bits",
		`{"limits":[{"by":"ip","rate":1},{"by":"ip","rate":2}]}`: `limits[1]: another limit has the name "ip" too: ` +
			`give one of them another by the member name`,
		`{"limits":[` + strings.Repeat("{},", 8) + `{}]}`:                           "limits: more than 8",
		`{"by":"ip","rate":1,"name":"` + strings.Repeat("n", 129) + `"}`:            "name: more than 128 bytes",
		`{"by":"header:` + strings.Repeat("n", 129) + `","rate":1}`:                 `by: want "ip", "claim:NAME" or "header:NAME"`,
		`{"by":"ip","rate":1,"name":"` + strings.Repeat("n", maxConfigBytes) + `"}`: "has more than 16384 bytes",
	} {
		if _, err := Parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.80s: got %v, want %s", text, err, want)
		}
	}
}

// What Parse accepts can be used.
func FuzzParse(f *testing.F) {
	f.Add(`{"by":"ip","rate":10,"burst":20,"name":"n","per":"minute","missing":"pass","ipv4Prefix":24,"ipv6Prefix":56}`)
	f.Add(`{"limits":[{"by":"claim:sub","rate":1},{"by":"header:X","rate":1e-7}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for _, l := range cfg.Limits {
			if next, ok := l.Size.Pace().Take(0, 0); !ok || next <= 0 || l.Name == "" {
				t.Fatalf("%s lets nothing through", text)
			}
		}
		before, after := Steps(NewLimiters(0), Place{}, cfg, nil)
		if len(cfg.Limits) > 0 && before.Run == nil && after.Run == nil {
			t.Fatalf("%s limits nothing", text)
		}
	})
}
