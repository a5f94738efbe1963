package mapping

import (
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// side is what is mapped; it is a closed set.
type side uint8

const (
	ofRequest side = iota
	ofResponse
)

// target is where a value goes; it is a closed set.
type target uint8

const (
	toHeader target = iota
	toQuery
	toPath
	toStatus
)

// key is a parsed mapping key. text is the header's or the parameter's name.
type key struct {
	op     exchange.EditOp
	target target
	text   string
}

// parseKey reads a key such as "append:header.x". Its error has AWS's text.
func parseKey(s string, of side) (key, error) {
	action, destination, _ := strings.Cut(s, ":")
	op, ok := operation(action)
	kind, name, named := strings.Cut(destination, ".")
	k := key{op: op, text: name}
	switch {
	case !ok:
	case kind == "header" && isToken(name):
		return k, nil
	case kind == "querystring" && of == ofRequest && name != "" && !strings.ContainsAny(name, " \r\n"):
		k.target = toQuery
		return k, nil
	case named || op != exchange.EditOverwrite:
	case kind == "path" && of == ofRequest:
		k.target = toPath
		return k, nil
	case kind == "statuscode" && of == ofResponse:
		k.target = toStatus
		return k, nil
	}
	return key{}, &keyError{of, s}
}

func operation(s string) (op exchange.EditOp, ok bool) {
	switch s {
	case "append":
		return exchange.EditAppend, true
	case "overwrite":
		return exchange.EditOverwrite, true
	case "remove":
		return exchange.EditRemove, true
	}
	return 0, false
}

// isReserved tells the headers that cannot be mapped, as the developer guide lists them. Host is none of them
// (aws-behaviour-http-api.md, fact 73).
func isReserved(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"access-control-", "apigw-", "x-amz-", "x-amzn-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded", "keep-alive",
		"origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding", "upgrade",
		"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via":
		return true
	}
	return false
}

// isToken reports whether s can be a header's name (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isAlnum(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
