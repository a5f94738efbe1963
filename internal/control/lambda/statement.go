package lambda

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// maxPolicy is the longest resource policy (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const maxPolicy = 20 << 10

// statement is a statement of a policy. The order of the fields is AWS's.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition *condition `json:",omitempty"`
}

type condition struct {
	StringEquals *stringEquals `json:",omitempty"`
	ArnLike      *arnLike      `json:",omitempty"`
	Bool         *onlyURL      `json:",omitempty"`
}

type stringEquals struct {
	SourceAccount    string `json:"AWS:SourceAccount,omitempty"`
	AuthType         string `json:"lambda:FunctionUrlAuthType,omitempty"`
	OrgID            string `json:"aws:PrincipalOrgID,omitempty"`
	EventSourceToken string `json:"lambda:EventSourceToken,omitempty"`
}

type arnLike struct {
	SourceARN string `json:"AWS:SourceArn"`
}

type onlyURL struct {
	Invoked string `json:"lambda:InvokedViaFunctionUrl"`
}

// statementOf builds the statement that AWS builds of AddPermission's input.
func statementOf(in *gen.AddPermissionInput, ref gateway.FunctionRef) (gateway.FunctionStatement, error) {
	principal, err := principalOf(*in.Principal)
	if err != nil {
		return gateway.FunctionStatement{}, err
	}
	s := statement{Sid: *in.StatementId, Effect: "Allow", Principal: principal, Action: *in.Action, Resource: ref.ARN()}
	var c condition
	equals := stringEquals{
		SourceAccount: text(in.SourceAccount), AuthType: text(in.FunctionUrlAuthType), OrgID: text(in.PrincipalOrgID),
		EventSourceToken: text(in.EventSourceToken),
	}
	if equals != (stringEquals{}) {
		c.StringEquals = &equals
	}
	if arn := text(in.SourceArn); arn != "" {
		c.ArnLike = &arnLike{arn}
	}
	if in.InvokedViaFunctionUrl != nil {
		c.Bool = &onlyURL{strconv.FormatBool(*in.InvokedViaFunctionUrl)}
	}
	if c != (condition{}) {
		s.Condition = &c
	}
	return encoded(s)
}

func encoded(s statement) (gateway.FunctionStatement, error) {
	text, err := plainJSON(s)
	return gateway.FunctionStatement{ID: s.Sid, JSON: text}, err
}

// plainJSON leaves characters as they are that encoding/json escapes for the sake of HTML.
func plainJSON(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// principalOf tells a service from an account and from a user or role.
func principalOf(p string) (any, error) {
	switch {
	case p == "*":
		return p, nil
	case len(p) == 12 && isNumber(p):
		return map[string]string{"AWS": "arn:aws:iam::" + p + ":root"}, nil
	case strings.HasPrefix(p, "arn:"):
		if parts := strings.Split(p, ":"); len(parts) == 6 && (parts[2] == "iam" || parts[2] == "sts") && isNumber(parts[4]) {
			return map[string]string{"AWS": p}, nil
		}
	case consistsOf(p, "-."):
		for _, domain := range []string{".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"} {
			if name, ok := strings.CutSuffix(p, domain); ok && name != "" {
				return map[string]string{"Service": p}, nil
			}
		}
	}
	return nil, invalid("The provided principal was invalid. Please check the principal and try again.")
}

// policyText is the policy as a document.
func policyText(p gateway.FunctionPolicy) string {
	list := make([]string, len(p.Statements))
	for i, s := range p.Statements {
		list[i] = s.JSON
	}
	return `{"Version":"2012-10-17","Id":"default","Statement":[` + strings.Join(list, ",") + `]}`
}

func itoa(n int) string { return strconv.Itoa(n) }
