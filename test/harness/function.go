package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
)

// invoke answers as a runtime interface emulator does: the path's last but one segment is the function.
//
//	echo       the event is the body of its answer
//	maker      201 with headers, cookies and base64
//	text       what is no answer of a function of its own
//	nonsense   what is none in payload format 1.0
//	guard      a simple answer: whether the first identity source is "good", with a context
//	bouncer    an IAM policy that allows GET alone, if the token is "good"
//	keyer      an IAM policy that allows all, and the token as API key
//	fails      an error
//	slow       echo, after half a second
func invoke(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	function := path.Base(path.Dir(r.URL.Path))
	if function == "slow" {
		select {
		case <-time.After(500 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
	fmt.Fprint(w, answerOf(function, body))
}

func answerOf(function string, event []byte) string {
	switch function {
	case "maker":
		return `{"statusCode":201,"headers":{"content-type":"text/css","x-made-by":"maker"},"cookies":["a=1","b=2"],"body":"YQ==","isBase64Encoded":true}`
	case "text":
		return `"just text"`
	case "nonsense":
		return `[1]`
	case "guard":
		return fmt.Sprintf(`{"isAuthorized":%t,"context":{"user":"ann","level":7}}`, strings.Contains(string(event), `"identitySource":["good"`))
	case "bouncer":
		return bounce(event)
	case "keyer":
		return nameKey(event)
	case "fails":
		return `{"errorMessage":"boom","errorType":"Error"}`
	}
	answer, err := json.Marshal(map[string]any{"statusCode": http.StatusOK, "body": string(event)})
	if err != nil {
		return ""
	}
	return string(answer)
}

func bounce(event []byte) string {
	var asked struct{ MethodARN, AuthorizationToken string }
	if err := json.Unmarshal(event, &asked); err != nil {
		return ""
	}
	effect := "Deny"
	if asked.AuthorizationToken == "good" {
		effect = "Allow"
	}
	stage, _, _ := strings.Cut(asked.MethodARN, "/GET/")
	return fmt.Sprintf(`{"principalId":"bob","context":{"k":"v"},"policyDocument":{"Version":"2012-10-17","Statement":[`+
		`{"Action":"execute-api:Invoke","Effect":%q,"Resource":"%s/GET/*"}]}}`, effect, stage)
}

func nameKey(event []byte) string {
	var asked struct{ AuthorizationToken string }
	if err := json.Unmarshal(event, &asked); err != nil {
		return ""
	}
	return fmt.Sprintf(`{"principalId":"bob","usageIdentifierKey":%q,"policyDocument":{"Version":"2012-10-17","Statement":[`+
		`{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`, asked.AuthorizationToken)
}
