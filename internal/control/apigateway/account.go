package apigateway

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
)

// account returns what the tenant has set, which is nothing at first.
func (r reader) account() (gateway.RestAccount, error) {
	account, err := state.RestAccounts().Get(r, r.key("", state.RestAccountID))
	return account, orNotFound(err, nil)
}
