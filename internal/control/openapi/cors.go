package openapi

import (
	"math"
	"strconv"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// cors reads the root's x-amazon-apigateway-cors; what values are allowed is for the caller.
func (r *reader) cors() error {
	v := r.root.Get(extCORS)
	if v == nil {
		return nil
	}
	if !r.built(FeatureCORS) {
		i, _ := r.root.Find(extCORS)
		r.unbuilt(r.root.Members[i].At, extCORS, "")
		return nil
	}
	if v.Kind != document.Object {
		return wrongType(v.At, extCORS, "object")
	}
	if err := r.checkKeys(v, corsKeys, spot{extCORS, extCORS}); err != nil {
		return err
	}
	c := &gateway.CORS{}
	for _, field := range []struct {
		key string
		to  *[]string
	}{
		{"allowOrigins", &c.AllowOrigins}, {"allowMethods", &c.AllowMethods},
		{"allowHeaders", &c.AllowHeaders}, {"exposeHeaders", &c.ExposeHeaders},
	} {
		var err error
		if *field.to, err = r.textsAt(v, field.key, extCORS+"."+field.key); err != nil {
			return err
		}
	}
	if credentials := v.Get("allowCredentials"); credentials != nil {
		var ok bool
		if c.AllowCredentials, ok = credentials.AsBool(); !ok {
			return wrongType(credentials.At, extCORS+".allowCredentials", "boolean")
		}
	}
	if age := v.Get("maxAge"); age != nil {
		seconds, err := strconv.Atoi(age.Text)
		if err != nil || !age.IsScalar() || seconds < math.MinInt32 || seconds > math.MaxInt32 {
			return wrongType(age.At, extCORS+".maxAge", "integer")
		}
		c.MaxAge = &seconds
	}
	r.def.CORS = c
	return nil
}

// textsAt returns an object's member that must be a list of scalars if it is there; nil if it is empty.
func (r *reader) textsAt(v *document.Value, key, attribute string) ([]string, error) {
	child := v.Get(key)
	if child == nil {
		return nil, nil
	}
	if child.Kind != document.List {
		return nil, wrongType(child.At, attribute, "array")
	}
	var texts []string
	for _, item := range child.Items {
		if !item.IsScalar() {
			return nil, wrongType(item.At, attribute, "string")
		}
		texts = append(texts, r.vars.Replace(item.Text))
	}
	return texts, nil
}
