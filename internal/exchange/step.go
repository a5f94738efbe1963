package exchange

import "context"

// Step is one thing that happens to a call. Steps stand in a flat list that compile makes; Name is the package of the
// step and its metric label, span, log field and row in ARCHITECTURE.md.
//
// Run answers by filling Response, refuses by returning an error ([*Fault], or any other for an internal failure), or
// does neither and lets the next step go on. ctx ends when the client leaves or the server gives up.
type Step struct {
	Name string
	Run  func(ctx context.Context, x *Exchange) error
	// Detail says in one line what this step was compiled to, for `dipylon explain`.
	Detail string
}
