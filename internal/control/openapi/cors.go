package openapi

import (
	"math"
	"strconv"

	"github.com/dipylon/dipylon/internal/gateway"
)

// cors reads the root's x-amazon-apigateway-cors; what values are allowed is for the caller.
func (r *reader) cors() error {
	v := r.root.get(extCORS)
	if v == nil {
		return nil
	}
	if !r.built(FeatureCORS) {
		i, _ := r.root.find(extCORS)
		r.unbuilt(r.root.members[i].at, extCORS, "")
		return nil
	}
	if v.kind != object {
		return wrongType(v.at, extCORS, "object")
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
	if credentials := v.get("allowCredentials"); credentials != nil {
		var ok bool
		if c.AllowCredentials, ok = credentials.asBool(); !ok {
			return wrongType(credentials.at, extCORS+".allowCredentials", "boolean")
		}
	}
	if age := v.get("maxAge"); age != nil {
		seconds, err := strconv.Atoi(age.text)
		if err != nil || !age.isScalar() || seconds < math.MinInt32 || seconds > math.MaxInt32 {
			return wrongType(age.at, extCORS+".maxAge", "integer")
		}
		c.MaxAge = &seconds
	}
	r.def.CORS = c
	return nil
}

// textsAt returns an object's member that must be a list of scalars if it is there; nil if it is empty.
func (r *reader) textsAt(v *value, key, attribute string) ([]string, error) {
	child := v.get(key)
	if child == nil {
		return nil, nil
	}
	if child.kind != list {
		return nil, wrongType(child.at, attribute, "array")
	}
	var texts []string
	for _, item := range child.items {
		if !item.isScalar() {
			return nil, wrongType(item.at, attribute, "string")
		}
		texts = append(texts, r.vars.Replace(item.text))
	}
	return texts, nil
}
