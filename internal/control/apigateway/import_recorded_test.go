package apigateway

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestImportsAreAWSs imports the documents of testdata/import and compares with what AWS answered.
func TestImportsAreAWSs(t *testing.T) {
	files, err := filepath.Glob("testdata/import/*.recorded")
	if err != nil || len(files) < 10 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var recorded struct {
				Recorded                        string
				Parameters                      map[string]string
				Warnings                        []string
				Models, Authorizers, Validators []any
				Methods                         map[string]any
			}
			read(t, file, &recorded)
			docs, _ := filepath.Glob(strings.TrimSuffix(file, "recorded") + "[jy]*")
			body, err := os.ReadFile(docs[0])
			if err != nil {
				t.Fatal(err)
			}
			f := newFixture(t)
			api := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: body, Parameters: recorded.Parameters})
			compare(t, "warnings", api.Warnings, recorded.Warnings)
			if recorded.Models != nil {
				compare(t, "models", shape(t, do(f, f.GetModels, gen.GetModelsInput{RestApiId: *api.Id}).Items, *api.Id), recorded.Models)
			}
			if recorded.Authorizers != nil {
				list := do(f, f.GetAuthorizers, gen.GetAuthorizersInput{RestApiId: *api.Id}).Items
				compare(t, "authorizers", byName(shape(t, list, *api.Id)), byName(recorded.Authorizers))
			}
			if recorded.Validators != nil {
				compare(t, "validators", shape(t, do(f, f.GetRequestValidators, gen.GetRequestValidatorsInput{RestApiId: *api.Id}).Items, *api.Id), recorded.Validators)
			}
			methods := map[string]any{}
			for _, resource := range do(f, f.GetResources, gen.GetResourcesInput{RestApiId: *api.Id, Embed: []string{"methods"}}).Items {
				for verb, method := range resource.ResourceMethods {
					if in := method.MethodIntegration; *in.CacheNamespace != *resource.Id {
						t.Errorf("%s %s: cache namespace %s, want %s", verb, *resource.Path, *in.CacheNamespace, *resource.Id)
					}
					methods[verb+" "+*resource.Path] = shape(t, method, *api.Id)
				}
			}
			compare(t, "methods", methods, lenient(recorded.Methods))
		})
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// shape returns an answer as the recordings have it: with the names of the wire, without nulls and ids, and with JSON in
// texts taken apart.
func shape(t *testing.T, answer any, apiID string) any {
	t.Helper()
	data, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(data), apiID, "API")), &v); err != nil {
		t.Fatal(err)
	}
	return wired(v, true)
}

func wired(v any, names bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = wired(v[i], names)
		}
	case string:
		return lenient(v)
	case map[string]any:
		out := map[string]any{}
		for key, child := range v {
			if names {
				key = string(unicode.ToLower(rune(key[0]))) + key[1:]
			}
			switch key {
			case "id", "cacheNamespace", "authorizerId", "requestValidatorId":
				continue
			}
			keyed := !strings.HasSuffix(key, "Parameters") && !strings.HasSuffix(key, "Models") && !strings.HasSuffix(key, "Templates") &&
				!strings.HasSuffix(key, "Responses") || key == "cacheKeyParameters"
			if child != nil {
				out[key] = wired(child, keyed)
			}
		}
		return out
	}
	return v
}

// lenient takes JSON in texts apart.
func lenient(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if list, ok := child.([]any); ok && key == "required" { // the recording has sorted them
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
			v[key] = lenient(child)
		}
	case []any:
		for i := range v {
			v[i] = lenient(v[i])
		}
	case string:
		var inner map[string]any
		if json.Unmarshal([]byte(v), &inner) == nil {
			return lenient(inner)
		}
	}
	return v
}

func byName(list any) map[string]any {
	by := map[string]any{}
	for _, item := range list.([]any) {
		by[item.(map[string]any)["name"].(string)] = item
	}
	return by
}
