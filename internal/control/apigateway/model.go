package apigateway

import "github.com/dipylon/dipylon/internal/gateway"

// defaultModels are those of an API that no file made (recorded: test_model_lifecycle; the text of the schemas is that of
// the AWS CLI's examples for get-models).
func defaultModels() []gateway.RestModel {
	const draft = "http://json-schema.org/draft-04/schema#"
	return []gateway.RestModel{
		{
			ID: newID(), Name: emptyModel, ContentType: jsonType, Description: "This is a default empty schema model",
			Schema: "{\n  \"$schema\": \"" + draft + "\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}",
		},
		{
			ID: newID(), Name: errorModel, ContentType: jsonType, Description: "This is a default error schema model",
			Schema: "{\n  \"$schema\" : \"" + draft + "\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n" +
				"  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}",
		},
	}
}

// The names of the default models, and the content type of theirs.
const (
	emptyModel = "Empty"
	errorModel = "Error"
	jsonType   = "application/json"
)
