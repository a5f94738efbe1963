package wire

import (
	"context"
	"fmt"
	"regexp"
)

// Method calls one operation's handler with values of the generated types.
type Method struct {
	newInput func() any
	invoke   func(ctx context.Context, call *Call, in any) (any, error)
}

// MethodOf adapts a typed handler to the operation table.
func MethodOf[In, Out any](fn func(context.Context, *Call, *In) (*Out, error)) Method {
	return Method{
		newInput: func() any { return new(In) },
		invoke: func(ctx context.Context, call *Call, in any) (any, error) {
			out, err := fn(ctx, call, in.(*In))
			if err != nil {
				return nil, err
			}
			if out == nil {
				out = new(Out)
			}
			return out, nil
		},
	}
}

// Service is a model with the methods that answer it, ready to be dispatched to.
type Service struct {
	model      *Model
	methods    map[string]Method
	operations map[string]*Operation
	router     *router
	patterns   map[string]*regexp.Regexp
}

// NewService binds methods, by operation name, to a model. It panics when table and methods disagree or when the table
// is malformed: both are generated together.
func NewService(model *Model, methods map[string]Method) *Service {
	s := &Service{
		model:      model,
		methods:    methods,
		operations: make(map[string]*Operation, len(model.Operations)),
		router:     newRouter(model.TrailingSlash),
		patterns:   make(map[string]*regexp.Regexp),
	}
	for i := range model.Operations {
		op := &model.Operations[i]
		if _, ok := methods[op.Name]; ok != op.Built {
			panic(fmt.Sprintf("wire: %s.%s: built is %t, method is %t", model.Name, op.Name, op.Built, ok))
		}
		s.operations[op.Name] = op
		s.router.add(op)
	}
	for _, shape := range model.Shapes {
		if shape.Pattern != "" {
			s.patterns[shape.Pattern] = regexp.MustCompile("^(?:" + shape.Pattern + ")$")
		}
	}
	return s
}

// Model returns the service's description.
func (s *Service) Model() *Model { return s.model }

// speaks returns the protocol to answer in: p when the service knows it, else the service's preferred one.
func (s *Service) speaks(p Protocol) bool {
	for _, q := range s.model.Protocols {
		if p == q {
			return true
		}
	}
	return false
}
