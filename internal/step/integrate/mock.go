package integrate

import (
	"context"
	"errors"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/java"
	"github.com/dipylon/dipylon/internal/jsonpath"
)

// Mock returns the step of a MOCK integration
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html): the payload, which the request
// template has made, says as {"statusCode": 200} what the back end that there is not has answered.
func Mock() exchange.Step {
	return exchange.Step{Name: Name, Detail: "MOCK", Run: runMock}
}

var errNoStatus = errors.New("Unable to parse statusCode. It should be an integer in the request template") //nolint:staticcheck // AWS's text

func runMock(_ context.Context, x *exchange.Exchange) error {
	status, ok := mockStatus(x.Outgoing.Body)
	if !ok {
		x.Integration.Error = errNoStatus.Error()
		return exchange.Refuse(exchange.KindConfiguration, errNoStatus)
	}
	const digits = 20
	x.Integration.Selector = strconv.AppendInt(x.Alloc(digits)[:0], status, 10)
	x.Response.Status = statusMocked
	if status > 0 {
		x.Integration.Status = int(status)
	}
	return nil
}

// statusMocked stands until an integration response is chosen.
const statusMocked = 200

// mockStatus reads the member statusCode, whose name need not stand in quotes (recorded: aws-behaviour.md, fact 26). Any
// integer is one, a text never (aws/aws-cdk issue 5997; localstack/localstack pull request 11148).
func mockStatus(body []byte) (status int64, ok bool) {
	doc, err := jsonpath.ParseLoose(string(body))
	if err != nil {
		return 0, false
	}
	object, ok := doc.(*java.Map)
	if !ok {
		return 0, false
	}
	switch v := object.Get("statusCode").(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}
