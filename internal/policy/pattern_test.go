package policy

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func mustPattern(tb testing.TB, s string, d dialect) *pattern {
	tb.Helper()
	p, err := parsePattern(text{text: s}, d)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestPattern(t *testing.T) {
	wild := dialect{wildcards: true}
	for _, c := range []struct {
		pattern, text string
		d             dialect
		want          outcome
	}{
		{"", "", wild, matches},
		{"", "a", wild, differs},
		{"*", "", wild, matches},
		{"**", "abc", wild, matches},
		{"a*a", "a", wild, differs},
		{"a*a", "aa", wild, matches},
		{"*ab*ab", "abab", wild, matches},
		{"*ab*ab", "ab", wild, differs},
		{"*a?c*", "xxabaccx", wild, matches},
		{"?", "é", wild, matches},
		{"??", "é", wild, differs},
		{"*?", "é", wild, matches},
		{"a?", "a", wild, differs},
		{"ab*cd*ef", "abcdef", wild, matches},
		{"ab*cd*ef", "abcdcdxef", wild, matches},
		{"ab*cd*ef", "abefcd", wild, differs},
		{"S3:Get*", "s3:gETobject", dialect{wildcards: true, fold: true}, matches},
		{"*OBJ?CT", "s3:getobject", dialect{wildcards: true, fold: true}, matches},
		{"a*", "a*", dialect{}, matches},
		{"a*", "ab", dialect{}, differs},
		{"x${x:k}*${x:k}", "x1-1", dialect{wildcards: true, variables: true}, matches},
		{"*${x:k}?", "0012", dialect{wildcards: true, variables: true}, matches},
		{"${x:k}${x:none}", "1", dialect{variables: true}, unresolved},
		{"$x$", "$x$", dialect{variables: true}, matches},
	} {
		p := mustPattern(t, c.pattern, c.d)
		if got := p.match(c.text, Map{"x:k": {"1"}}); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

// TestPatternTime holds what takes exponential time where each asterisk tries every place.
func TestPatternTime(t *testing.T) {
	s := strings.Repeat("a", 20000)
	start := time.Now()
	for _, pattern := range []string{strings.Repeat("a*", 500) + "b", strings.Repeat("*a?", 500) + "b", strings.Repeat("?*", 500) + "b"} {
		if mustPattern(t, pattern, dialect{wildcards: true}).match(s, nil) != differs {
			t.Errorf("%q matches", pattern[:10])
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// reference matches wildcards in the plainest way: by a table of which prefix of the pattern matches which of the text.
func reference(pattern, s []rune) bool {
	row := make([]bool, len(s)+1)
	row[0] = true
	for _, p := range pattern {
		next := make([]bool, len(s)+1)
		next[0] = p == '*' && row[0]
		for i, c := range s {
			if p == '*' {
				next[i+1] = row[i+1] || next[i]
			} else {
				next[i+1] = row[i] && (p == '?' || p == c)
			}
		}
		row = next
	}
	return row[len(s)]
}

func FuzzPattern(f *testing.F) {
	f.Add("arn:aws:execute-api:*:*:api/*/GET/pets/?", "arn:aws:execute-api:eu-west-1:1:api/s/GET/pets/7", "")
	f.Add("*ab*ab", "abab", "b")
	f.Add("a?*é*?", "aéé", "é")
	f.Fuzz(func(t *testing.T, pattern, s, value string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(s) || !utf8.ValidString(value) || len(pattern) > 500 || len(s) > 500 {
			t.Skip()
		}
		want := reference([]rune(pattern), []rune(s))
		if got := mustPattern(t, pattern, dialect{wildcards: true}).match(s, nil); (got == matches) != want {
			t.Errorf("%q on %q: %v, want %v", pattern, s, got, want)
		}
		if want != reference([]rune(asciiLower(pattern)), []rune(asciiLower(s))) {
			want = true
		}
		if got := mustPattern(t, pattern, dialect{wildcards: true, fold: true}).match(s, nil); (got == matches) != want {
			t.Errorf("%q on %q in any case: %v, want %v", pattern, s, got, want)
		}
		if value == "" || strings.ContainsAny(pattern+value, "*?$") {
			return
		}
		// What a variable holds is literal, wherever it stands.
		p := mustPattern(t, "*${x:k}"+pattern+"?${x:k}*", dialect{wildcards: true, variables: true})
		want = reference([]rune("*"+value+pattern+"?"+value+"*"), []rune(s))
		if got := p.match(s, Map{"x:k": {value}}); (got == matches) != want {
			t.Errorf("%q around %q on %q: %v, want %v", value, pattern, s, got, want)
		}
	})
}

func asciiLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

func BenchmarkPattern(b *testing.B) {
	p := mustPattern(b, "arn:aws:execute-api:eu-west-1:*:api1/*/GET/pets/*", dialect{wildcards: true})
	s := "arn:aws:execute-api:eu-west-1:111122223333:api1/prod/GET/pets/7/photos"
	b.ReportAllocs()
	for b.Loop() {
		if p.match(s, nil) != matches {
			b.Fatal("differs")
		}
	}
}
