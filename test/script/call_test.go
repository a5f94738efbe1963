package script

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dipylon/dipylon/test/harness"
)

// list collects a flag that may be given more than once.
type list []string

func (l *list) String() string     { return strings.Join(*l, ", ") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

// call [-H 'Name: value']... [-d BODY | -f FILE] [-chunked] [-http2] [-to ADDR] [-sign] METHOD URL sends a call and prints the
// answer: protocol and status, the header lines sorted, an empty line, the body. What differs from call to call is
// written DATE and REQUEST-ID if it has the right form. With ! it must fail to get an answer. With -bg it goes on while
// the script does, and the command "answer" waits for it and prints. With -until PATTERN it is sent until the answer matches.
// With -sign it is signed for execute-api with the environment's key pair, as it is before -H.
func call(ts *testscript.TestScript, neg bool, args []string) {
	var headers list
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	flags.Var(&headers, "H", "")
	body, file := flags.String("d", "", ""), flags.String("f", "", "")
	chunked, http2 := flags.Bool("chunked", false, ""), flags.Bool("http2", false, "")
	to, background := flags.String("to", "", ""), flags.Bool("bg", false, "")
	until, sign := flags.String("until", "", ""), flags.Bool("sign", false, "")
	ts.Check(flags.Parse(args))
	if flags.NArg() != 2 {
		ts.Fatalf("usage: call [flags] METHOD URL")
	}
	c := harness.Call{
		Method: flags.Arg(0), URL: flags.Arg(1), Headers: headers, Body: []byte(*body), Chunked: *chunked, HTTP2: *http2, Addr: *to,
	}
	if *file != "" {
		data, err := os.ReadFile(ts.MkAbs(*file))
		ts.Check(err)
		c.Body = data
	}
	if *sign {
		signed, err := signer(ts, "execute-api").Headers(c.Method, c.URL, c.Body)
		ts.Check(err)
		c.Headers = append(signed, c.Headers...)
	}
	if *background {
		of(ts).late = make(chan result, 1)
		go func(late chan<- result) {
			answer, err := c.Do(context.Background())
			late <- result{answer, err}
		}(of(ts).late)
		return
	}
	answer, err := again(c, *until)
	if neg {
		if err == nil {
			ts.Fatalf("answered with %d", answer.Status)
		}
		ts.Logf("%v", err)
		return
	}
	ts.Check(err)
	show(ts, answer)
}

// again sends a call, and sends it until the answer matches if there is a pattern.
func again(c harness.Call, until string) (*harness.Answer, error) {
	answer, err := c.Do(context.Background())
	for deadline := time.Now().Add(longestWait); until != "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err == nil && regexp.MustCompile(until).MatchString(text(answer)) {
			break
		}
		answer, err = c.Do(context.Background())
	}
	return answer, err
}

// result is what a call in the background comes to.
type result struct {
	answer *harness.Answer
	err    error
}

// lateAnswer is the command "answer".
func lateAnswer(ts *testscript.TestScript, neg bool, _ []string) {
	noNeg(ts, neg)
	r := <-of(ts).late
	ts.Check(r.err)
	show(ts, r.answer)
}

// control [-H 'Name: value']... [-f FILE] [-service NAME] [-until PATTERN] METHOD PATH [BODY] sends a signed request to the control plane and prints the
// answer as call does, with N for Content-Length. It must succeed, or with ! be refused. Keys, region and endpoint are those of the environment.
func control(ts *testscript.TestScript, neg bool, args []string) {
	var headers list
	flags := flag.NewFlagSet("control", flag.ContinueOnError)
	flags.Var(&headers, "H", "")
	file := flags.String("f", "", "")
	service, until := flags.String("service", "apigateway", ""), flags.String("until", "", "")
	ts.Check(flags.Parse(args))
	if flags.NArg() < 2 {
		ts.Fatalf("usage: control [flags] METHOD PATH [BODY]")
	}
	body := []byte(flags.Arg(2))
	if *file != "" {
		data, err := os.ReadFile(ts.MkAbs(*file))
		ts.Check(err)
		body = data
	}
	url := ts.Getenv("AWS_ENDPOINT_URL") + flags.Arg(1)
	sign := signer(ts, *service)
	headers = slices.DeleteFunc(headers, func(line string) bool { // AWS's own are signed, and the payload's type
		if lower := strings.ToLower(line); strings.HasPrefix(lower, "x-amz-") || strings.HasPrefix(lower, "content-type:") {
			sign.Header = append(sign.Header, line)
			return true
		}
		return false
	})
	signed, err := sign.Headers(flags.Arg(0), url, body)
	ts.Check(err)
	answer, err := again(harness.Call{Method: flags.Arg(0), URL: url, Headers: append(signed, headers...), Body: body}, *until)
	ts.Check(err)
	for i, line := range answer.Head {
		if strings.HasPrefix(line, "Content-Length: ") {
			answer.Head[i] = "Content-Length: N"
		}
	}
	show(ts, answer)
	if refused := answer.Status >= http.StatusBadRequest; refused != neg {
		ts.Fatalf("status %d: %s", answer.Status, answer.Body)
	}
}

func signer(ts *testscript.TestScript, service string) harness.Signer {
	return harness.Signer{
		KeyID: ts.Getenv("AWS_ACCESS_KEY_ID"), Secret: ts.Getenv("AWS_SECRET_ACCESS_KEY"),
		Service: service, Region: ts.Getenv("AWS_REGION"),
	}
}

// route KEY URI makes an integration of type HTTP_PROXY and a route to it in the API $API, and sets INTEGRATION and ROUTE.
func route(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 2 {
		ts.Fatalf("usage: route KEY URI")
	}
	base := "/v2/apis/" + ts.Getenv("API")
	control(ts, false, []string{"POST", base + "/integrations", fmt.Sprintf(
		`{"integrationType":"HTTP_PROXY","integrationMethod":"ANY","payloadFormatVersion":"1.0","integrationUri":%q}`, args[1])})
	get(ts, false, []string{"INTEGRATION=integrationId"})
	control(ts, false, []string{"POST", base + "/routes", fmt.Sprintf(
		`{"routeKey":%q,"target":"integrations/%s"}`, args[0], ts.Getenv("INTEGRATION"))})
	get(ts, false, []string{"ROUTE=routeId"})
}

// changing are the parts of answers that no script can know, with the form that they must have.
var changing = []struct {
	form *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`(?mi)^(date: )\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$`), "${1}DATE"},
	{regexp.MustCompile(`(?mi)^((?:apigw-requestid|x-amz-apigw-id): )[A-Za-z0-9_-]{15}=$`), "${1}REQUEST-ID"},
	{regexp.MustCompile(`(?mi)^(x-amzn-requestid: )[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), "${1}REQUEST-ID"},
	{regexp.MustCompile(`("(?:created|lastUpdated)Date":)"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`), `${1}"TIME"`},
}

// longestShown is the longest body, in bytes, that is printed and not summed up.
const longestShown = 1 << 20

// longestWait bounds call -until.
const longestWait = 20 * time.Second

func show(ts *testscript.TestScript, answer *harness.Answer) {
	of(ts).answered = answer.Body
	_, _ = fmt.Fprint(ts.Stdout(), text(answer))
}

func text(answer *harness.Answer) string {
	body := string(answer.Body)
	if len(body) > longestShown {
		body = fmt.Sprintf("%d bytes, sha256 %x", len(body), sha256.Sum256(answer.Body))
	}
	text := fmt.Sprintf("%s %d\n%s\n\n%s", answer.Proto, answer.Status, strings.Join(answer.Head, "\n"), body)
	for _, c := range changing {
		text = c.form.ReplaceAllString(text, c.as)
	}
	return strings.TrimSuffix(text, "\n") + "\n"
}
