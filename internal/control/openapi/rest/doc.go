// Package rest reads and writes definitions of REST APIs: Swagger 2.0 and OpenAPI 3.0, in YAML or JSON, with the
// x-amazon-apigateway-* extensions.
//
// It stands before the control plane's import and export operations: [Read] turns a document into a [Definition], a plain
// value that names parts where an API has ids, and the control plane makes an API of it or changes one. [Export] turns what a
// deployment froze into a document, from which Read makes an equal definition.
//
// What cannot be is a warning, and the rest goes on, as on AWS; Definition.Errors is what AWS refuses the whole document for.
// What AWS does comes from recorded imports and exports and from the developer guide (api-gateway-import-api and the pages of
// the extensions); the tests name their sources.
//
// A document is hostile until read: package document bounds its size, depth, nodes and aliases, this one what references
// expand to, and reading has no effects.
//
// It may import gateway and document.
package rest
