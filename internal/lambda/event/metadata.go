package event

import (
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// ReadMetadata makes status and head of a REST API's response of what a function's stream begins with: an object whose
// members are all optional; others do not count
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html#response-transfer-mode-lambda-format).
func ReadMetadata(metadata []byte, x *exchange.Exchange) error {
	var a answer
	if !jsontext.Members(metadata, func(name, value []byte) {
		if value[0] == 'n' {
			return
		}
		switch {
		case jsontext.Is(name, "statusCode"):
			a.status = value
		case jsontext.Is(name, "headers"):
			a.headers = value
		case jsontext.Is(name, "multiValueHeaders"):
			a.multiHeaders = value
		case jsontext.Is(name, "cookies"):
			a.cookies = value
		}
	}) {
		return malformedProxy("its metadata is no JSON object")
	}
	status, err := 200, error(nil)
	if a.status != nil {
		status, err = restStatus(a.status)
	}
	if err == nil {
		err = a.restFields(x)
	}
	if err == nil && a.cookies != nil && !jsontext.Elements(a.cookies, func(value []byte) {
		if e := addRESTField(&x.Response.Header, setCookie, value); err == nil {
			err = e
		}
	}) {
		err = malformedProxy("cookies is not a list")
	}
	if err != nil {
		x.Response.Header.Reset()
		return err
	}
	x.Response.Status = status
	return nil
}
