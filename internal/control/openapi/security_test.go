package openapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
)

func TestReadRefusesWithEverythingBuilt(t *testing.T) {
	const found = "Errors found during import:\n\tParse issue: attribute "
	const conflict = "attribute paths.'/a'(get) has multiple security requirements, which are not supported"
	const schemes = "components: {securitySchemes: {jwt: {x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: i}}}, " +
		"iam: {x-amazon-apigateway-authtype: awsSigv4}}}\n"
	for _, c := range []struct{ name, doc, want string }{
		{"CORS list", "x-amazon-apigateway-cors: []", found + "x-amazon-apigateway-cors is not of type `object`"},
		{"CORS origins", "x-amazon-apigateway-cors: {allowOrigins: '*'}", found + "x-amazon-apigateway-cors.allowOrigins is not of type `array`"},
		{"CORS method", "x-amazon-apigateway-cors: {allowMethods: [{}]}", found + "x-amazon-apigateway-cors.allowMethods is not of type `string`"},
		{"CORS age", "x-amazon-apigateway-cors: {maxAge: 1.5}", found + "x-amazon-apigateway-cors.maxAge is not of type `integer`"},
		{"CORS big age", "x-amazon-apigateway-cors: {maxAge: 9999999999}", found + "x-amazon-apigateway-cors.maxAge is not of type `integer`"},
		{"CORS credentials", "x-amazon-apigateway-cors: {allowCredentials: 1}",
			found + "x-amazon-apigateway-cors.allowCredentials is not of type `boolean`"},
		{"scheme text", "components: {securitySchemes: {a: b}}", found + "components.securitySchemes.a is not of type `object`"},
		{"scheme missing", "components: {securitySchemes: {a: {$ref: '#/b'}}}", found + "components.securitySchemes.a is not of type `object`"},
		{"authorizer text", "components: {securitySchemes: {a: {x-amazon-apigateway-authorizer: jwt}}}",
			found + "components.securitySchemes.a.x-amazon-apigateway-authorizer is not of type `object`"},
		{"root security", "security: {}", found + "security is not of type `array`"},
		{"root requirement", "security: [jwt]", found + "security is not of type `object`"},
		// Developer guide, "Working with OpenAPI definitions for HTTP APIs".
		{"root multiple", "security: [{a: []}, {}]", "attribute security has multiple security requirements, which are not supported"},
		{"both at once", "security: [{a: [], b: []}]", "attribute security has multiple security requirements, which are not supported"},
		{"scopes", "security: [{a: all}]", found + "security.a is not of type `array`"},
		{"scope", "security: [{a: [{}]}]", found + "security.a is not of type `string`"},
		{"JWT and IAM", schemes + get("security: [jwt: []], x-amazon-apigateway-auth: {type: AWS_IAM}"), conflict},
		{"JWT and none", schemes + get("security: [jwt: []], x-amazon-apigateway-auth: {type: NONE}"), conflict},
		{"IAM and none", schemes + get("security: [iam: []], x-amazon-apigateway-auth: {type: NONE}"), conflict},
		{"unknown and none", schemes + get("security: [typo: []], x-amazon-apigateway-auth: {type: NONE}"), conflict},
		{"auth text", get("x-amazon-apigateway-auth: AWS_IAM"), "x-amazon-apigateway-auth is not of type `object`"},
		{"auth type", get("x-amazon-apigateway-auth: {type: CUSTOM}"), "x-amazon-apigateway-auth.type must be AWS_IAM or NONE"},
		{"auth without type", get("x-amazon-apigateway-auth: {}"), "x-amazon-apigateway-auth.type must be AWS_IAM or NONE"},
		{"unknown extension", "x-dipylon-ratelimit: {}", "Extension 'x-dipylon-ratelimit' is not known"},
		{"unknown in operation", get("x-dipylon-cache: {}"), "Extension 'x-dipylon-cache' is not known"},
		{"extension in path", "paths: {/a: {x-dipylon-validation: {}}}",
			"Extension 'x-dipylon-validation' is allowed at the root and in operations only"},
		{"extension list", "x-dipylon-validation: []", found + "x-dipylon-validation is not of type `object`"},
		{"extension hexadecimal", "x-dipylon-validation: {a: 0x10}", found + "x-dipylon-validation is not of type `number`"},
		{"extension infinity", "x-dipylon-validation: {a: [.inf]}", found + "x-dipylon-validation is not of type `number`"},
		{"extension overflow", `{"x-dipylon-validation": {"a": 1e999}, "openapi": "3.0.1", "info": {"title": "t"}}`,
			found + "x-dipylon-validation is not of type `number`"},
		{"extension boolean", "x-dipylon-validation: {a: True}", found + "x-dipylon-validation is not of type `boolean`"},
		{"extension missing", "x-dipylon-validation: {$ref: '#/nowhere'}", "Reference '#/nowhere' is missing"},
		{"extension deep", "x-dipylon-validation: {a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}",
			"x-dipylon-validation is nested deeper than 64 levels"},
		{"extension bomb", extensionBomb(), "References expand to too many elements"},
		{"scopes bomb", scopesBomb(), "References expand to too many elements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := c.doc
			switch {
			case strings.HasPrefix(doc, "{"):
			case strings.Contains(doc, "paths:"):
				doc = head + doc
			default:
				doc = head + doc + "\npaths: {}"
			}
			def, err := Read([]byte(doc), Options{Built: Everything()})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v, %v\nwant %s", def, err, c.want)
			}
		})
	}
}

func get(members string) string { return "paths: {/a: {get: {" + members + "}}}" }

// extensionBomb has many operations that refer to one extension with a long text that an alias repeats.
func extensionBomb() string {
	var b strings.Builder
	b.WriteString("x-text: &text " + strings.Repeat("x", 100_000) + "\nx-extension: {a: [*text, *text, *text]}\npaths:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "  /%d: {get: {x-dipylon-validation: {$ref: '#/x-extension'}}}\n", i)
	}
	return b.String()
}

// scopesBomb has many operations that share a long list of scopes.
func scopesBomb() string {
	var b strings.Builder
	b.WriteString("x-security: &security [{jwt: [" + strings.Repeat("s,", 1000) + "]}]\nx-item: &item {get: {security: *security}}\npaths:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  /%d: {$ref: '#/x-item'}\n", i)
	}
	return b.String()
}

// What the caller has not built is in Unbuilt, wherever it stands, and nowhere else.
func TestUnbuilt(t *testing.T) {
	const doc = head + `
x-amazon-apigateway-cors: {allowOrigins: ['*']}
x-dipylon-rate-limit: {}
security: [jwt: []]
paths:
  /a:
    get: {x-dipylon-validation: {}, x-amazon-apigateway-auth: {type: AWS_IAM}}
    put: {security: [jwt: []]}
    post: {security: []}
components: {securitySchemes: {jwt: {x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: i}}}}}
`
	names := func(opts Options) []string {
		def, err := Read([]byte(doc), opts)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range def.Unbuilt {
			names = append(names, f.Name)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	all := []string{FeatureSecurity, "x-amazon-apigateway-auth", "x-amazon-apigateway-authorizer", FeatureCORS, FeatureRateLimit, FeatureValidation}
	if got := names(Options{}); !slices.Equal(got, all) {
		t.Errorf("nothing built: %q", got)
	}
	if got := names(Options{Built: Everything()}); len(got) != 0 {
		t.Errorf("everything built: %q", got)
	}
	for i, feature := range []string{FeatureCORS, FeatureRateLimit, FeatureValidation} {
		want := slices.Delete(slices.Clone(all), i+3, i+4)
		if got := names(Options{Built: []string{feature}}); !slices.Equal(got, want) {
			t.Errorf("%s built: %q", feature, got)
		}
	}
	if got := names(Options{Built: []string{FeatureSecurity}}); !slices.Equal(got, all[3:]) {
		t.Errorf("security built: %q", got)
	}
}

// A document that asks for security in any way gets no route that anyone may call.
func TestSecurityFailsClosed(t *testing.T) {
	schemes := []string{"{type: http, scheme: bearer}", "{type: oauth2, x-amazon-apigateway-authorizer: {}}",
		"{type: apiKey, x-amazon-apigateway-authorizer: {type: request}}", "{type: oauth2, x-amazon-apigateway-authorizer: {type: jwt}}",
		"{type: apiKey, x-amazon-apigateway-authtype: custom}", "{}",
		"{type: apiKey, x-amazon-apigateway-authtype: awsSigv4, x-amazon-apigateway-authorizer: {type: jwt}}",
		"{x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: i}}}", "{x-amazon-apigateway-authtype: awsSigv4}"}
	for _, scheme := range schemes {
		for _, place := range []string{"security: [s: []]\npaths: {/a: {get: {}}}", "paths: {/a: {get: {security: [s: []]}}}",
			"security: [other: []]\npaths: {/a: {get: {security: [s: []]}}}", "security: [s: []]\npaths: {/a: {get: {security: }}}",
			"paths: {/a: {get: {security: ['': []]}}}", "paths: {/a: {get: {security: [S: []]}}}"} {
			doc := head + "components: {securitySchemes: {s: " + scheme + "}}\n" + place
			def, err := Read([]byte(doc), Options{Built: Everything()})
			if err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
			for _, r := range def.Routes {
				if r.Authorization == gateway.Anyone {
					t.Errorf("anyone may call %s of\n%s", r.Key, doc)
				}
			}
			if len(def.Routes) == 0 && len(def.Warnings) == 0 {
				t.Errorf("no route and no warning of\n%s", doc)
			}
		}
	}
}

// The texts are recorded (aws/aws-sam-cli issue 2410).
func TestAuthorizerWarnings(t *testing.T) {
	for got, want := range map[string]string{
		AuthorizerWarning("CognitoAuthorizer", "Invalid issuer: Issuer can not be empty for JWT Authorizer."): "Unable to create " +
			"Authorizer 'CognitoAuthorizer': Invalid issuer: Issuer can not be empty for JWT Authorizer.. Ignoring.",
		AuthorizationWarning("POST /authtest", ""): "Unable to put method 'POST' on resource at path '/authtest': Invalid authorizer " +
			"definition. Setting the authorization type to JWT requires a valid authorizer. Ignoring.",
		AuthorizationWarning("$default", "No"): "Unable to put method 'ANY' on resource at path '/$default': No. Ignoring.",
	} {
		if got != want {
			t.Errorf("got %s", got)
		}
	}
}
