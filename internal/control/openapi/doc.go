// Package openapi reads OpenAPI 3.0 definitions of HTTP APIs, with the x-amazon-apigateway-* extensions, in YAML or JSON.
//
// It stands before the control plane's import operations: [Read] turns a document into a [Definition], a plain value, and
// the control plane makes an API of it. The definition says three kinds of things beside the routes: warnings and
// information in AWS's words, and the features that the document asks for and that are not read (Definition.Unbuilt), so
// that nobody drops an authorizer in silence.
//
// A document is hostile until read: its size, depth, nodes, aliases and references are bounded, and reading has no
// effects. What AWS does comes from the developer guide (http-api-open-api, api-gateway-import-api-basePath and the pages
// of the extensions) and from recorded imports; the tests name their sources.
//
// It may import gateway, and a YAML parser that it does not show.
package openapi
