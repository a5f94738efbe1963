// Package openapi reads and writes OpenAPI 3.0 definitions of HTTP APIs, with the x-amazon-apigateway-* extensions, in YAML
// or JSON.
//
// It stands before the control plane's import and export operations: [Read] turns a document into a [Definition], a plain
// value, and the control plane makes an API of it; [Export] turns a definition into a document, from which Read makes an
// equal one. The definition says three kinds of things beside what the API has: warnings and information in AWS's words, and
// the features that the document asks for and that are not built (Definition.Unbuilt), so that nobody drops an authorizer in
// silence.
//
// An operation that asks for security never becomes a route that anyone may call: if what it asks for cannot be, the route is
// left out with a warning. AWS does so with authorizers that it refuses (aws-behaviour-http-api.md, fact 68), but it ignores
// schemes without an extension of its own; here they are not ignored, and x-amazon-apigateway-auth of type NONE is how to
// say that anyone may call.
//
// A document is hostile until read: package document bounds its size, depth, nodes and aliases, this one what references
// expand to, and reading has no effects. What AWS does comes from the developer guide (http-api-open-api, api-gateway-import-api-basePath and the pages
// of the extensions) and from recorded imports; the tests name their sources.
//
// It may import gateway and document.
package openapi
