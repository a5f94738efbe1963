// Command hello is the function of the API in openapi.yaml. It is an ordinary Lambda function: AWS runs it as it is.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// greeting is what a caller may send and what he gets.
type greeting struct {
	Name    string `json:"name,omitempty"`
	Message string `json:"message,omitempty"`
}

// hello greets whom the path or the body names.
func hello(_ context.Context, call events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	in := greeting{Name: call.PathParameters["name"]}
	if call.Body != "" {
		if err := json.Unmarshal([]byte(call.Body), &in); err != nil {
			return answer(http.StatusBadRequest, greeting{Message: "The body must be JSON with a name."})
		}
	}
	return answer(http.StatusOK, greeting{Message: "Hello, " + cmp.Or(in.Name, "world") + "!"})
}

func answer(status int, body greeting) (events.APIGatewayV2HTTPResponse, error) {
	text, err := json.Marshal(body)
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status, Headers: map[string]string{"content-type": "application/json"}, Body: string(text),
	}, err
}

func main() { lambda.Start(hello) }
