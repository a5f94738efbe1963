package openapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

const head = "openapi: 3.0.1\ninfo: {title: t, version: 1}\n"

func TestReadRefuses(t *testing.T) {
	const unable = "Unable to build importer with provided input. "
	const found = "Errors found during import:\n\t"
	for _, c := range []struct{ name, doc, want string }{
		// aws-behaviour-http-api.md has no such fact; the text is recorded in localstack/localstack issue 13043.
		{"3.1", "openapi: 3.1.0", unable + "Unable to determine OAS version from '3.1.0' (line 1, column 10)"},
		{"3.01", `{"openapi": "3.01"}`, unable + "Unable to determine OAS version from '3.01' (line 1, column 13)"},
		// Recorded: api-platform/core issue 3462.
		{"no version", "info: {}", unable + "Unable to determine OAS version (line 1, column 1)"},
		{"version list", "openapi: [3.0.1]", unable + "Unable to determine OAS version (line 1, column 1)"},
		{"swagger", "swagger: '2.0'", unable + "HTTP APIs support only OpenAPI 3.0, not Swagger '2.0' (line 1, column 10)"},
		{"empty", "", unable + "The definition is empty"},
		{"comment", "# only", unable + "The definition is empty"},
		{"scalar", "hello", unable + "The definition is not an object (line 1, column 1)"},
		{"list", "[]", unable + "The definition is not an object (line 1, column 1)"},
		{"NUL", "openapi: 3.0.1\na: \x00", unable + "The definition has a NUL byte (line 2, column 4)"},
		{"escaped NUL", `{"openapi": "\u0000"}`, unable + "A NUL character is not allowed (line 1, column 13)"},
		{"escaped NUL in YAML", `openapi: "\0"`, unable + "A NUL character is not allowed (line 1, column 10)"},
		{"Latin-1", "a: \xe9", unable + "The definition is not in UTF-8 (line 1, column 4)"},
		{"UTF-16", "\xff\xfea\x00", unable + "The definition is not in UTF-8 (line 1, column 1)"},
		{"two documents", head + "---\n" + head, unable + "The definition has more than one YAML document (line 3, column 1)"},
		{"second broken", head + "---\n]", unable + "Invalid YAML: did not find expected node content (line 4, column 1)"},
		{"duplicate key", "a: 1\nb: {c: 1, c: 2}", unable + "Duplicate key 'c' (line 2, column 11)"},
		{"duplicate number key", "a: {1: x, '1': y}", unable + "Duplicate key '1' (line 1, column 11)"},
		{"duplicate JSON key", "{\"a\": 1,\n\"a\": 2}", unable + "Duplicate key 'a' (line 2, column 1)"},
		{"duplicate of many", "{" + manyKeys(20) + ", k3: 1}", unable + "Duplicate key 'k3' (line 1, column 152)"},
		{"duplicate merge", "a: &a {b: 1}\nc: {<<: *a, <<: *a}", unable + "Duplicate key '<<' (line 2, column 13)"},
		{"merge of a list", "a: {<<: [1]}", unable + "A merge key takes a mapping or a list of mappings (line 1, column 10)"},
		{"list as key", "? [a]\n: b", unable + "A key must be a string (line 1, column 3)"},
		{"tab", "a:\n\tb: c", unable + "Invalid YAML: found character that cannot start any token (line 2, column 1)"},
		{"colon", "a: b: c", unable + "Invalid YAML: mapping values are not allowed in this context (line 1, column 5)"},
		{"unknown alias", "a: *b", unable + "Invalid YAML: unknown anchor 'b' referenced (line 1, column 4)"},
		{"CloudFormation", "a: !Sub x", unable + "Tag '!Sub' is not supported (line 1, column 4)"},
		{"CloudFormation list", "a: !GetAtt [x]", unable + "Tag '!GetAtt' is not supported (line 1, column 4)"},
		{"JSON without comma", "{\n  \"a\": 1\n  \"b\": 2\n}",
			unable + "Invalid JSON: invalid character '\"' after object key:value pair (line 3, column 3)"},
		{"JSON cut off", "{\n  \"a\": [1,", unable + "Invalid JSON: unexpected end (line 2, column 11)"},
		{"JSON escape", "{\"a\": \"b\\x\" \"}",
			unable + "Invalid JSON: invalid character 'x' in string escape code (line 1, column 7)"},
		{"JSON twice", "{}\n{}", unable + "Invalid JSON: something follows the document (line 2, column 1)"},
		{"no info", "openapi: 3.0.1", found + "Parse issue: attribute info is missing (line 1, column 1)"},
		{"no title", "openapi: 3.0.1\ninfo: {title: ~}", found + "Parse issue: attribute info.title is missing (line 2, column 7)"},
		{"title list", "openapi: 3.0.1\ninfo: {title: []}",
			found + "Parse issue: attribute info.title is not of type `string` (line 2, column 15)"},
		{"info text", "openapi: 3.0.1\ninfo: x", found + "Parse issue: attribute info is not of type `object` (line 2, column 7)"},
		{"no paths", head, found + "Parse issue: attribute paths is missing (line 1, column 1)"},
		{"paths list", head + "paths: []", found + "Parse issue: attribute paths is not of type `object` (line 3, column 8)"},
		{"path text", head + "paths: {/a: x}",
			found + "Parse issue: attribute paths.'/a' is not of type `object` (line 3, column 13)"},
		{"operation text", head + "paths: {/a: {get: x}}",
			found + "Parse issue: attribute paths.'/a'(get) is not of type `object` (line 3, column 19)"},
		{"operationId", head + "paths: {/a: {get: {operationId: {}}}}",
			found + "Parse issue: attribute paths.'/a'(get).operationId is not of type `string` (line 3, column 33)"},
		{"components", head + "paths: {}\ncomponents: 1",
			found + "Parse issue: attribute components is not of type `object` (line 4, column 13)"},
		{"servers", head + "servers: {}", found + "Parse issue: attribute servers is not of type `array` (line 3, column 10)"},
		{"server", head + "servers: [1]", found + "Parse issue: attribute servers[0] is not of type `object` (line 3, column 11)"},
		{"tags", head + "tags: [{}]", found + "Parse issue: attribute tags[0].name is missing (line 3, column 8)"},
		{"security", head + "paths: {/a: {get: {security: [{a: []}, {b: []}]}}}",
			found + "attribute paths.'/a'(get).security has multiple security requirements, which are not supported (line 3, column 30)"},
		{"remote file", head + "paths: {/a: {$ref: 'other.yaml#/a'}}",
			found + "Reference 'other.yaml#/a' is not inside the definition (line 3, column 20)"},
		{"remote URL", head + "paths: {/a: {get: {x-amazon-apigateway-integration: {$ref: 'http://169.254.169.254/'}}}}",
			found + "Reference 'http://169.254.169.254/' is not inside the definition (line 3, column 60)"},
		{"reference to itself", head + "paths: {/a: {$ref: '#/paths/~1a'}}",
			found + "Reference '#/paths/~1a' leads back to itself (line 3, column 20)"},
		{"reference cycle", head + "paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/%7E1a'}}",
			found + "Reference '#/paths/~1b' leads back to itself (line 3, column 20)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			def, err := Read([]byte(c.doc), Options{})
			var typed *Error
			if !errors.As(err, &typed) || err.Error() != c.want {
				t.Errorf("got  %v, %v\nwant %s", def, err, c.want)
			}
		})
	}
}

func TestReadRefusesHostileDocuments(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"anchor in itself", "a: &a [*a]", "Anchor 'a' contains itself"},
		{"anchor in a map", "a: &a {b: {<<: *a}}", "Anchor 'a' contains itself"},
		{"billion laughs", laughs("[*%[1]s, *%[1]s, *%[1]s, *%[1]s, *%[1]s, *%[1]s, *%[1]s, *%[1]s]"), "Aliases expand to more than"},
		{"merge bomb", "a: &a {" + manyKeys(5000) + "}\nb: [" + strings.Repeat("{<<: *a},", 1000) + "]", "Aliases expand to more than"},
		{"deep lists", "a: " + strings.Repeat("[", 200), "nested deeper than 100 levels"},
		{"deep block", deepBlock(150), "nested deeper than 100 levels"},
		{"deep JSON", `{"a":` + strings.Repeat("[", 200_000), "nested deeper than 100 levels"},
		{"deep aliases", deepAliases(), "nested deeper than 100 levels"},
		{"long key", `{"` + strings.Repeat("k", 11<<10) + `": 1}`, "A key is longer than"},
		{"too many nodes", `{"a":[` + strings.Repeat("0,", 2_000_000) + "0]}", "too many elements"},
		{"too many nodes in YAML", strings.Repeat("a:\n", 600_000), "too many elements"},
		{"too many flow nodes in YAML", "[" + strings.Repeat("0,", 300_000) + "]", "too many elements"},
		{"too long", strings.Repeat(" ", DefaultMaxBytes+1), "has 6291457 bytes, and at most 6291456 are allowed"},
		{"reference bomb", referenceBomb(), "References expand to too many elements"},
		{"shared bad parameters", parameterBomb(), "References expand to too many elements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := Read([]byte(c.doc), Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%d: 1", i)
	}
	return strings.Join(keys, ", ")
}

func laughs(list string) string {
	doc := "a: &a [1, 2]\n"
	for c := 'b'; c < 'z'; c++ {
		doc += fmt.Sprintf("%c: &%c %s\n", c, c, fmt.Sprintf(list, string(c-1)))
	}
	return doc
}

func deepBlock(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func deepAliases() string {
	doc := "a: &a [1]\n"
	for c := 'b'; c < 'f'; c++ {
		doc += fmt.Sprintf("%c: &%c %s*%c%s\n", c, c, strings.Repeat("[", 30), c-1, strings.Repeat("]", 30))
	}
	return doc
}

// referenceBomb has many paths that refer to one big path item.
func referenceBomb() string {
	var b strings.Builder
	b.WriteString(head + "x-item: {" + manyKeys(20_000) + "}\npaths:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  /%d: {$ref: '#/x-item'}\n", i)
	}
	return b.String()
}

// parameterBomb has many routes that refer to one big integration, which is read anew because it is never good.
func parameterBomb() string {
	var b strings.Builder
	b.WriteString(head + "x-in: {type: mock, requestParameters: {" + manyKeys(20_000) + "}}\npaths:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  /%d: {get: {x-amazon-apigateway-integration: {$ref: '#/x-in'}}}\n", i)
	}
	return b.String()
}

func TestNotesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "x-item: {" + manyKeys(100) + "}\npaths:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "  ? /%d%s\n  : {$ref: '#/x-item'}\n", i, strings.Repeat("x", 9000))
	}
	def, err := Read([]byte(b.String()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, n := range def.Warnings {
		size += len(n.Message)
	}
	if size < maxNoteBytes || size > maxNoteBytes+20_000 {
		t.Errorf("notes have %d bytes", size)
	}
}

// The first two columns are aws-behaviour.md, fact 48; the rest the developer guide, "Set the OpenAPI basePath property".
func TestBasePath(t *testing.T) {
	for _, c := range []struct{ servers, path, ignore, prepend, split string }{
		{"[{url: 'https://example.com/base-url/part'}]", "/test", "/test", "/base-url/part/test", "/part/test"},
		{"[{url: '/{basePath}', variables: {basePath: {default: /a/b/c}}}]", "/e", "/e", "/a/b/c/e", "/b/c/e"},
		{"[{url: /x, variables: {basePath: {default: a}}}]", "/e", "/e", "/a/e", "/e"},
		{"[{url: /x}, {url: /, variables: {basePath: {default: a/}}}, {url: /, variables: {basePath: {default: b}}}]",
			"/e", "/e", "/a/e", "/e"},
		{"[{url: 'https://{h}.example.com/{v}/x/', variables: {h: {default: h}, v: {default: v1}}}]", "/", "/", "/v1/x", "/x"},
		{"[{url: '//example.com'}]", "/e", "/e", "/e", "/e"},
		{"[]", "/e", "/e", "/e", "/e"},
	} {
		for mode, want := range map[BasePathMode]string{"": c.ignore, Ignore: c.ignore, Prepend: c.prepend, Split: c.split} {
			doc := head + "servers: " + c.servers + "\npaths: {" + c.path + ": {get: {}}}"
			def, err := Read([]byte(doc), Options{BasePath: mode})
			if err != nil {
				t.Fatalf("%s: %v", c.servers, err)
			}
			if len(def.Routes) != 1 || def.Routes[0].Key != "GET "+want {
				t.Errorf("%s %s: got %v, want %s", c.servers, mode, def.Routes, want)
			}
		}
	}
	long := head + "servers: [{url: /" + strings.Repeat("x", 9<<10) + "}]\npaths: {/" + strings.Repeat("y", 2<<10) + ": {get: {}}}"
	if def, err := Read([]byte(long), Options{BasePath: Prepend}); err != nil || len(def.Routes) != 0 || len(def.Warnings) != 1 {
		t.Errorf("long path: %v, %v", def, err)
	}
	if _, err := Read([]byte(head+"paths: {}"), Options{BasePath: "append"}); err == nil ||
		err.Error() != "Invalid basepath 'append': it must be ignore, prepend or split" {
		t.Errorf("append: %v", err)
	}
}

func TestPartition(t *testing.T) {
	const doc = head + "paths: {/: {get: {x-amazon-apigateway-integration: {type: aws_proxy, uri: '${AWS::Partition}'}}}}"
	for region, want := range map[string]string{"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		def, err := Read([]byte(doc), Options{Tenant: gateway.Tenant{Region: region}})
		if err != nil || def.Integrations[0].URI != want {
			t.Errorf("%s: %v, %v", region, def, err)
		}
	}
}

// The text is what Terraform's acceptance tests and moto's expect of AWS.
func TestWarningsFound(t *testing.T) {
	const doc = head + "paths: {/update: {get: {responses: {200: {content: {application/json: {schema: " +
		"{$ref: '#/components/schemas/ModelThatDoesNotExist'}}}}}}}}"
	def, err := Read([]byte(doc), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "Warnings found during import:\n\tParse issue: attribute " +
		"paths.'/update'(get).responses.200.content.schema.#/components/schemas/ModelThatDoesNotExist is missing"
	if err := WarningsFound(def.Warnings); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if err := WarningsFound(nil); err != nil {
		t.Errorf("no warnings: %v", err)
	}
}
