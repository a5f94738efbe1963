package backend

import (
	"net/url"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	// The ARNs are those of the developer guide, http-api-develop-integrations-private.
	const green = cloudMap + "?stage=prod&deployment=green_deployment"
	const other = "arn:aws:servicediscovery:us-east-2:123456789012:service/srv-other"
	r := registry(t, Options{Groups: map[string]Config{
		listener:               withAddresses("listener:80"),
		cloudMap:               withAddresses("any:80"),
		green:                  withAddresses("green:80"),
		other + "?stage=a%20b": withAddresses("other:80"),
		"orders":               withAddresses("orders:80"),
		"odd?a=1":              withAddresses("odd:80"),
	}})
	for arn, want := range map[string]string{
		listener: "listener:80",
		cloudMap: "any:80",
		green:    "green:80",
		cloudMap + "?deployment=green_deployment&stage=prod":     "green:80",
		cloudMap + "?stage=%70rod&deployment=green_deployment":   "green:80",
		cloudMap + "?stage=prod":                                 "any:80",
		cloudMap + "?stage=prod&deployment=blue":                 "any:80",
		cloudMap + "?stage=prod&deployment=green_deployment&x=y": "any:80",
		cloudMap + "?Stage=prod&deployment=green_deployment":     "any:80",
		cloudMap + "?":                       "any:80",
		cloudMap + "?stage=prod&stage=prod":  "",
		cloudMap + "?stage":                  "",
		cloudMap + "?stage=%":                "",
		other:                                "",
		other + "?stage=a+b":                 "other:80",
		other + "?stage=b":                   "",
		"orders":                             "orders:80",
		"orders?a=1":                         "",
		"odd?a=1":                            "odd:80",
		"odd":                                "",
		"":                                   "",
		listener + "?a=b":                    "",
		strings.ToUpper(listener):            "",
		strings.TrimSuffix(listener, "ae65"): "",
		"arn:aws:servicediscovery":           "",
		"http://example.com/":                "",
	} {
		g, ok := r.Find(arn)
		switch {
		case ok != (want != ""):
			t.Errorf("%s: found %v, want %q", arn, ok, want)
		case ok && g.String() != want:
			t.Errorf("%s: found %s, want %s", arn, g, want)
		}
	}
}

// A name that parses keeps its base, its attributes are in a form that does not change any more, and what the
// configuration accepts is found.
func FuzzName(f *testing.F) {
	for _, seed := range []string{
		"", "orders", listener, cloudMap, cloudMap + "?stage=prod&deployment=green_deployment", cloudMap + "?b=2&a=1",
		cloudMap + "?a=%20+&&c=%2B", cloudMap + "?a=1&a=2", cloudMap + "?=1", cloudMap + "?a;b=1", cloudMap + "??a=?",
		"arn:aws:servicediscovery?x:y=z", "arn:::::", "arn:aws:servicediscovery:r:1:service/a/b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parse(text)
		if err != nil {
			if _, err := configured(text); err == nil {
				t.Fatalf("%q does not parse but can be configured", text)
			}
			return
		}
		if !strings.HasPrefix(text, n.base) {
			t.Fatalf("%q: base %q", text, n.base)
		}
		if n.attributes != "" {
			again, err := parse(n.base + "?" + n.attributes)
			if err != nil || again != n {
				t.Fatalf("%q: %q becomes %q, %v", text, n, again, err)
			}
			_, query, _ := strings.Cut(text, "?")
			given, _ := url.ParseQuery(query)
			if kept, _ := url.ParseQuery(n.attributes); len(kept) != len(given) {
				t.Fatalf("%q: attributes %v became %v", text, given, kept)
			}
		}
		groups := map[string]Config{text: valid()}
		if Validate(groups) != nil {
			return
		}
		r, err := New(Options{Groups: groups})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, ok := r.Find(text); !ok {
			t.Fatalf("%q is configured but not found", text)
		}
	})
}
