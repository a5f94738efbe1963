package state

import (
	"fmt"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// The kinds that make up a live function. Each document's parent is the function's name, but for the function itself,
// whose id that is.
const (
	KindFunction            = "function"
	KindFunctionVersion     = "function-version"
	KindFunctionAlias       = "function-alias"
	KindFunctionPolicy      = "function-policy"
	KindFunctionEvents      = "function-events"
	KindFunctionProvisioned = "function-provisioned"
)

// Functions are the Lambda functions of a tenant by name, each with its version $LATEST.
func Functions() store.Collection[gateway.Function] {
	return store.Collection[gateway.Function]{Kind: KindFunction}
}

// FunctionVersions are a function's published versions under [VersionID].
func FunctionVersions() store.Collection[gateway.FunctionVersion] {
	return store.Collection[gateway.FunctionVersion]{Kind: KindFunctionVersion}
}

// FunctionAliases are a function's aliases by name.
func FunctionAliases() store.Collection[gateway.FunctionAlias] {
	return store.Collection[gateway.FunctionAlias]{Kind: KindFunctionAlias}
}

// FunctionPolicies are the resource policies of a function by qualifier; [gateway.LatestVersion] is the policy of the
// function itself.
func FunctionPolicies() store.Collection[gateway.FunctionPolicy] {
	return store.Collection[gateway.FunctionPolicy]{Kind: KindFunctionPolicy}
}

// FunctionEvents say by qualifier how asynchronous calls are treated; [gateway.LatestVersion] stands for no qualifier.
func FunctionEvents() store.Collection[gateway.FunctionEventConfig] {
	return store.Collection[gateway.FunctionEventConfig]{Kind: KindFunctionEvents}
}

// FunctionsProvisioned are the provisioned concurrencies of a function by qualifier.
func FunctionsProvisioned() store.Collection[gateway.FunctionProvisioned] {
	return store.Collection[gateway.FunctionProvisioned]{Kind: KindFunctionProvisioned}
}

// Layers are a tenant's layers by name. A layer stays when its versions have gone, so that no number comes twice.
func Layers() store.Collection[gateway.Layer] {
	return store.Collection[gateway.Layer]{Kind: "layer"}
}

// LayerVersions are a layer's versions under [VersionID]; the parent is the layer's name.
func LayerVersions() store.Collection[gateway.LayerVersion] {
	return store.Collection[gateway.LayerVersion]{Kind: "layer-version"}
}

// VersionID is the document id of a numbered version: listings come in the order of numbers.
func VersionID(number int) string { return fmt.Sprintf("%010d", number) }
