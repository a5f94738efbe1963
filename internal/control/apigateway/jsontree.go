package apigateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// node is a JSON value that keeps the order of an object's members.
type node struct {
	kind   nodeKind
	text   string // of a string, as it means; of other scalars, as they are written
	object []member
	array  []*node
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	textNode
	objectNode
	arrayNode
)

type member struct {
	name  string
	value *node
}

// member returns the value of an object's member, or nil.
func (n *node) member(name string) *node {
	for _, m := range n.object {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// maxTreeDepth is how deep documents may nest.
const maxTreeDepth = 100

var errTree = errors.New("no JSON document, or one that nests too deeply")

// parseTree reads one JSON document.
func parseTree(document string) (*node, error) {
	dec := json.NewDecoder(strings.NewReader(document))
	dec.UseNumber()
	tree, err := readNode(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTree
	}
	return tree, nil
}

func readNode(dec *json.Decoder, depth int) (*node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case string:
		return &node{kind: textNode, text: v}, nil
	case json.Number:
		return &node{text: v.String()}, nil
	case bool:
		if v {
			return &node{text: "true"}, nil
		}
		return &node{text: "false"}, nil
	case json.Delim:
		if depth == maxTreeDepth {
			return nil, errTree
		}
		return readInner(dec, v, depth+1)
	}
	return &node{text: "null"}, nil
}

func readInner(dec *json.Decoder, open json.Delim, depth int) (*node, error) {
	n := &node{kind: arrayNode}
	if open == '{' {
		n = &node{kind: objectNode, object: []member{}}
	}
	for dec.More() {
		name := ""
		if n.kind == objectNode {
			token, err := dec.Token()
			if err != nil {
				return nil, err
			}
			name, _ = token.(string)
		}
		value, err := readNode(dec, depth)
		if err != nil {
			return nil, err
		}
		if n.kind == objectNode {
			n.object = append(n.object, member{name, value})
		} else {
			n.array = append(n.array, value)
		}
	}
	_, err := dec.Token()
	return n, err
}

// String writes the document without white space.
func (n *node) String() string {
	var b bytes.Buffer
	n.write(&b)
	return b.String()
}

func (n *node) write(b *bytes.Buffer) {
	switch n.kind {
	case scalarNode:
		b.WriteString(n.text)
	case textNode:
		writeText(b, n.text)
	case objectNode:
		b.WriteByte('{')
		for i, m := range n.object {
			if i > 0 {
				b.WriteByte(',')
			}
			writeText(b, m.name)
			b.WriteByte(':')
			m.value.write(b)
		}
		b.WriteByte('}')
	case arrayNode:
		b.WriteByte('[')
		for i, item := range n.array {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	}
}

// writeText writes a JSON string as it is, without the escapes that HTML would want.
func writeText(b *bytes.Buffer, text string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string always encodes
	b.Truncate(b.Len() - 1)
}
