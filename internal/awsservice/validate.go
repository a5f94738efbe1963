package awsservice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Expression is a compiled selection expression; *selection.Expression is one.
type Expression interface {
	// Append appends the value, and reports whether the call has one.
	Append(dst []byte, x *exchange.Exchange) (out []byte, present bool)
	// NeedsRequestBody returns how many bytes of the body it reads.
	NeedsRequestBody() int64
	// Constant returns the value if it is the same for every call.
	Constant() (value string, ok bool)
}

// Compiler compiles the text of a request parameter.
type Compiler func(text string) (Expression, error)

// Definition is what an integration says.
type Definition struct {
	// Subtype is such as SQS-SendMessage. PayloadVersion is the version of its parameters.
	Subtype, PayloadVersion string
	// RoleARN is the integration's CredentialsArn.
	RoleARN string
	// Parameters are its request parameters: selection expressions or text, by the names of the subtype reference.
	Parameters map[string]string
}

// DefinitionError is a definition that AWS refuses as a bad request; Message is AWS's text.
type DefinitionError struct{ Message string }

// Error implements error.
func (e *DefinitionError) Error() string { return e.Message }

func refuse(format string, args ...any) error {
	return &DefinitionError{Message: fmt.Sprintf(format, args...)}
}

// Validate says what is wrong with a definition. compile is asked for every parameter. The error is a *[DefinitionError].
func Validate(d Definition, compile Compiler) error {
	_, _, err := d.bind(compile)
	return err
}

// bind returns the operation and its parameters that are defined, in the operation's order.
func (d Definition) bind(compile Compiler) (*operation, []binding, error) {
	op := find(d.Subtype)
	// Deployed on AWS: another payload version is answered like another subtype (cdk-preflight,
	// pf-apigwv2-integration-subtype-payload-version).
	if op == nil || d.PayloadVersion != "1.0" {
		return nil, nil, refuse("Operation: %s is not supported.", d.Subtype)
	}
	if d.RoleARN == "" {
		return nil, nil, refuse("Role ARN must be specified for AWS integration configuration with Subtype: %s", d.Subtype)
	}
	if err := d.checkNames(op); err != nil {
		return nil, nil, err
	}
	var bindings []binding
	var wrong []string
	for _, p := range op.parameters {
		source, ok := d.Parameters[p.name]
		if !ok {
			continue
		}
		b, err := bind(p, source, compile)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("Invalid source: %s specified for destination: %s", source, p.name))
			continue
		}
		bindings = append(bindings, b)
	}
	if len(wrong) > 0 { // recorded: hashicorp/terraform-provider-aws issue 17348
		return nil, nil, refuse("Invalid selection expression specified: Validation Result: warnings : [], errors : [%s]", strings.Join(wrong, ", "))
	}
	return op, bindings, nil
}

// checkNames finds parameters that are missing and those that there are not.
func (d Definition) checkNames(op *operation) error {
	var required []string
	complete := true
	for _, p := range op.parameters {
		if p.required {
			required = append(required, p.name)
			complete = complete && hasKey(d.Parameters, p.name)
		}
	}
	if !complete {
		// Deployed on AWS: cdk-preflight, pf-apigwv2-integration-subtype-required-parameters.
		slices.Sort(required)
		return refuse("Operation: %s requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [%s]",
			d.Subtype, strings.Join(required, ", "))
	}
	var unknown []string
	for name := range d.Parameters {
		if !slices.ContainsFunc(op.parameters, func(p parameter) bool { return p.name == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	// No record of AWS's words was found.
	return refuse("Operation: %s does not support the following parameters: [%s]", d.Subtype, strings.Join(unknown, ", "))
}

func hasKey(m map[string]string, name string) bool {
	_, ok := m[name]
	return ok
}

// binding is a parameter with what an integration maps to it.
type binding struct {
	parameter
	// source is the text of the mapping, for messages.
	source string
	value  Expression
	// attributes is set, and value is not, if the source is a JSON object whose values are expressions.
	attributes []attribute
}

func bind(p parameter, source string, compile Compiler) (binding, error) {
	b := binding{parameter: p, source: source}
	if p.place == attributes {
		list, err := compileAttributes(source, compile)
		if list != nil || err != nil {
			b.attributes = list
			return b, err
		}
	}
	var err error
	if b.value, err = compile(source); err != nil {
		return b, err
	}
	if r, ok := b.value.Constant(); ok && p.place == region && !validRegion(r) {
		return b, fmt.Errorf("%q is no region", r)
	}
	return b, nil
}

// needs is how many bytes of the request's body are read.
func (b *binding) needs() int64 {
	var n int64
	if b.value != nil {
		n = b.value.NeedsRequestBody()
	}
	for i := range b.attributes {
		for _, m := range b.attributes[i].members {
			n = max(n, m.value.NeedsRequestBody())
		}
	}
	return n
}
