package terraform

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// sent checks that a read tells what was sent: Terraform compares its configuration with what it reads, so whatever is
// told otherwise, or not at all, it would want to change for ever.
func (l *life) sent(name string, in any, but ...string) {
	l.Helper()
	for _, r := range l.reads {
		if r.name != name {
			continue
		}
		got := plain(r.got)
		if m, ok := got.(map[string]any); ok && m["Configuration"] != nil { // a function
			got = m["Configuration"]
		}
		if alarms, ok := got.(map[string]any)["MetricAlarms"].([]any); ok && len(alarms) == 1 {
			got = alarms[0]
		}
		for _, d := range differences("", plain(in), got, but) {
			l.Errorf("%s: %s", name, d)
		}
		return
	}
	l.Errorf("%s was not read", name)
}

// differences are the members of what was sent that are not what was got, but for some. Lists are taken for sets.
func differences(at string, sent, got any, but []string) (found []string) {
	switch s := sent.(type) {
	case nil:
		return nil
	case map[string]any:
		g, _ := got.(map[string]any)
		for k, v := range s {
			if !slices.Contains(but, k) {
				found = append(found, differences(at+"/"+k, v, g[k], but)...)
			}
		}
		return found
	case []any:
		g, _ := got.([]any)
		same := len(s) == len(g)
		for _, v := range s {
			same = same && slices.ContainsFunc(g, func(w any) bool { return len(differences("", v, w, but)) == 0 })
		}
		if same {
			return nil
		}
	case string:
		if s == "" { // nothing was said
			return nil
		}
	}
	if reflect.DeepEqual(sent, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s was sent as %v and is read as %v", at, show(sent), show(got))}
}

// TestDifferences: the check finds what it is there for.
func TestDifferences(t *testing.T) {
	type m = map[string]any
	for _, c := range []struct {
		sent, got any
		want      int
	}{
		{m{"A": "x", "B": nil}, m{"A": "x", "C": 1.0}, 0},
		{m{"A": "x"}, m{}, 1},
		{m{"A": 10.0}, m{"A": "10"}, 1},
		{m{"A": []any{"b", "a"}}, m{"A": []any{"a", "b"}}, 0},
		{m{"A": []any{"b"}}, m{"A": []any{"a", "b"}}, 1},
		{m{"A": m{"k": "v"}}, m{"A": m{"k": "w"}}, 1},
		{m{"A": ""}, m{}, 0},
		{m{"Out": 1.0}, m{}, 0},
	} {
		if found := differences("", c.sent, c.got, []string{"Out"}); len(found) != c.want {
			t.Errorf("%v, %v: %v", c.sent, c.got, found)
		}
	}
}
