package document

import "strconv"

// NewText returns a text.
func NewText(s string) *Value { return NewScalar(Text, s, Place{}) }

// NewInt returns a number.
func NewInt(n int) *Value { return NewScalar(Number, strconv.Itoa(n), Place{}) }

// NewBool returns a boolean.
func NewBool(on bool) *Value { return NewScalar(Boolean, strconv.FormatBool(on), Place{}) }

// NewList returns a list of values.
func NewList(items ...*Value) *Value {
	v := New(List, Place{})
	for _, item := range items {
		v.AddItem(item)
	}
	return v
}

// NewTexts returns a list of texts.
func NewTexts(texts []string) *Value {
	v := NewList()
	for _, s := range texts {
		v.AddItem(NewText(s))
	}
	return v
}
