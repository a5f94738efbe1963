package rest

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// security is what a method asks of callers, each as a requirement of its own (developer guide, "OpenAPI definitions of the
// sample API as an Amazon S3 proxy").
func (op exported) security() *document.Value {
	list := document.NewList()
	require := func(name string, scopes []string) {
		requirement := object()
		op.add(requirement, name, document.NewTexts(scopes))
		list.AddItem(requirement)
		op.used[name] = true
	}
	switch op.Authorization {
	case gateway.AuthorizationIAM:
		require(op.iam, nil)
	case gateway.AuthorizationCustom, gateway.AuthorizationCognito:
		if a, there := op.authorizers[op.AuthorizerID]; there {
			require(a.Name, op.Scopes)
		}
	case gateway.AuthorizationNone:
	}
	if op.APIKeyRequired {
		require(op.apiKey, nil)
	}
	return list
}

// securitySchemes are those that methods name, and the authorizers, used or not, when they are exported. Paths come first.
func (e *exporter) securitySchemes() *document.Value {
	schemes := object()
	for _, a := range sortedBy(e.Authorizers, func(a gateway.RestAuthorizer) string { return a.Name }) {
		if e.used[a.Name] || e.opts.Authorizers {
			e.add(schemes, a.Name, e.authorizer(a))
		}
	}
	if e.used[e.iam] {
		v := apiKeyScheme(e, "Authorization", "header")
		e.add(v, extAuthType, text("awsSigv4"))
		e.add(schemes, e.iam, v)
	}
	if e.used[e.apiKey] {
		e.add(schemes, e.apiKey, apiKeyScheme(e, "x-api-key", "header"))
	}
	return schemes
}

func apiKeyScheme(e *exporter, name, in string) *document.Value {
	v := object()
	e.add(v, "type", text("apiKey"))
	e.add(v, "name", text(name))
	e.add(v, "in", text(in))
	return v
}

// authorizer is a scheme that stands where the identity does, or nowhere if there are several (developer guide,
// "x-amazon-apigateway-authorizer object").
func (e *exporter) authorizer(a gateway.RestAuthorizer) *document.Value {
	name, in := unusedName, "header"
	if header, ok := strings.CutPrefix(a.IdentitySource, "method.request.header."); ok && !strings.Contains(header, ",") {
		name = header
	} else if query, ok := strings.CutPrefix(a.IdentitySource, "method.request.querystring."); ok && !strings.Contains(query, ",") {
		name, in = query, "query"
	}
	v := apiKeyScheme(e, name, in)
	e.docs.merge(e, v, gateway.DocumentationLocation{Type: "AUTHORIZER", Name: a.Name}, "description")
	e.addText(v, extAuthType, a.AuthType)
	if !e.opts.Authorizers {
		return v
	}
	ext := object()
	e.add(ext, "type", text(strings.ToLower(string(a.Type))))
	e.addText(ext, "authorizerUri", a.URI)
	e.addText(ext, "authorizerCredentials", a.Credentials)
	if a.Type == gateway.RequestAuthorizer || name == unusedName {
		e.addText(ext, "identitySource", a.IdentitySource)
	}
	e.addText(ext, "identityValidationExpression", a.IdentityValidation)
	if a.TTLSeconds != nil {
		e.add(ext, "authorizerResultTtlInSeconds", document.NewInt(*a.TTLSeconds))
	}
	e.addFull(ext, "providerARNs", document.NewTexts(a.ProviderARNs))
	e.add(v, extAuthorizer, ext)
	return v
}
