package lambda

import (
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
)

// maxLayers is how many layers a function has at most.
const maxLayers = 5

// layersOf finds the layers that a function asks for.
func (r reader) layersOf(arns []string) ([]gateway.FunctionLayer, error) {
	if len(arns) > maxLayers {
		return nil, invalid("Cannot reference more than %d layers.", maxLayers)
	}
	var layers []gateway.FunctionLayer
	seen := map[string]string{}
	for _, arn := range arns {
		layer, err := r.layerOf(arn)
		if err != nil {
			return nil, err
		}
		name, _ := splitLayerARN(arn)
		if other, twice := seen[name]; twice {
			return nil, invalid("Two different versions of the same layer are not allowed to be referenced in the same function. %s and %s are versions of the same layer.", other, arn)
		}
		seen[name] = arn
		layers = append(layers, layer)
	}
	return layers, nil
}

// layerOf reads an ARN, which the wire has matched with the model's pattern.
func (r reader) layerOf(arn string) (gateway.FunctionLayer, error) {
	layer, number := splitLayerARN(arn)
	parts := strings.Split(layer, ":")
	missing := invalid("Layer version %s does not exist.", arn)
	switch {
	case len(parts) != 7 || number < 1 || number > 1<<30:
		return gateway.FunctionLayer{}, missing
	case parts[3] != r.tenant.Region && parts[4] == r.tenant.Account:
		return gateway.FunctionLayer{}, invalid("Layers are not in the same region as the function. Layers are expected to be in region %s.", r.tenant.Region)
	case parts[3] != r.tenant.Region || parts[4] != r.tenant.Account:
		return gateway.FunctionLayer{}, denied("lambda:GetLayerVersion on resource: %s is not authorized: Dipylon has the layers of its own accounts only; publish it here", arn)
	}
	v, err := r.layerVersion(atLayer{parts[6], int(number)}, missing)
	return gateway.FunctionLayer{ARN: gateway.LayerVersionARN(r.tenant, v.Name, v.Version), Code: v.Code}, err
}
