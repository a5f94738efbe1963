package dataplane

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
)

// Gateway is the [Handler] that finds the program of a call by its host and path, and runs it.
type Gateway struct {
	Table *program.Table
	// NoAPI takes the calls that lead to no API.
	NoAPI *program.Program
}

// Serve runs the call's program.
func (g *Gateway) Serve(ctx context.Context, x *exchange.Exchange) {
	p, path := g.locate(x)
	newRequestID(x, p.REST)
	p.Run(ctx, x, path)
}

// Refuse answers for the stage that the call was meant for, as far as that is known.
func (g *Gateway) Refuse(x *exchange.Exchange, f *exchange.Fault) {
	p := g.NoAPI
	if len(x.Request.Path) > 0 {
		p, _ = g.locate(x)
	}
	newRequestID(x, p.REST)
	p.Refuse(context.Background(), x, f)
}

// newRequestID gives the call an id as HTTP APIs have: 11 random bytes in the URL's base64, 15 characters and a "="
// (recorded: aws-behaviour-http-api.md, fact 4). In REST APIs this is the extended one, and the other is a random UUID, or the
// client's own if that is one (developer guide, set-up-logging).
func newRequestID(x *exchange.Exchange, rest bool) {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(raw[8:], rand.Uint64())
	x.ID = base64.URLEncoding.AppendEncode(x.Alloc(16)[:0], raw[:11])
	if !rest {
		return
	}
	x.ExtendedID = x.ID
	if x.ID = x.Request.Header.Get("x-amzn-RequestId"); !isUUID(x.ID) {
		x.ID = newUUID(x)
	}
}

func isUUID(id []byte) bool {
	const length = 36
	if len(id) != length {
		return false
	}
	for i, c := range id {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && bytes.IndexByte(hexDigits, c) < 0 {
			return false
		}
	}
	return true
}

var hexDigits = []byte("0123456789abcdefABCDEF")

// newUUID returns a random UUID (RFC 9562, section 5.4).
func newUUID(x *exchange.Exchange) []byte {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(raw[8:], rand.Uint64())
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	out := hex.AppendEncode(x.Alloc(36)[:0], raw[:4])
	for _, group := range [...][]byte{raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		out = hex.AppendEncode(append(out, '-'), group)
	}
	return out
}

// locate returns the program that takes the call, and the call's path without what named API and stage.
func (g *Gateway) locate(x *exchange.Exchange) (*program.Program, []byte) {
	path := x.Request.Path
	if id, region, ok := apiHost(x.Request.Host); ok {
		api := g.Table.Find(id, region)
		if api == nil {
			return g.NoAPI, path
		}
		if api.Health != nil && (bytes.Equal(path, pingPath) || bytes.Equal(path, spingPath)) {
			return api.Health, path
		}
		return stage(api, path)
	}
	if rest, ok := bytes.CutPrefix(path, awsPrefix); ok {
		return g.byPath(rest, path)
	}
	if rest, ok := bytes.CutPrefix(path, restPrefix); ok {
		if id, name, rest, ok := userRequest(rest); ok {
			return g.named(id, name, rest)
		}
	}
	return g.NoAPI, path
}

// The forms of URLs that need no host name.
var (
	awsPrefix    = []byte("/_aws/execute-api/")
	restPrefix   = []byte("/restapis/")
	userPrefix   = []byte("_user_request_")
	executeAPI   = []byte("execute-api")
	localhost    = []byte("localhost")
	defaultStage = []byte("$default")
	rootPath     = []byte("/")
	pingPath     = []byte("/ping")
	spingPath    = []byte("/sping")
)

// IsCall reports whether a request on the control listener is a call to an API rather than to an AWS service: by its
// host, or by one of the paths /_aws/execute-api/ID/STAGE/... and /restapis/ID/STAGE/_user_request_/....
func IsCall(host, escapedPath string) bool {
	if _, _, ok := apiHost([]byte(host)); ok {
		return true
	}
	path := []byte(escapedPath)
	if bytes.HasPrefix(path, awsPrefix) {
		return true
	}
	rest, ok := bytes.CutPrefix(path, restPrefix)
	if !ok {
		return false
	}
	_, _, _, ok = userRequest(rest)
	return ok
}

// apiHost reads ID.execute-api.REGION.anything, and ID.execute-api.localhost, which names no region.
func apiHost(host []byte) (id, region []byte, ok bool) {
	id, rest, _ := bytes.Cut(host, dot)
	service, rest, more := bytes.Cut(rest, dot)
	if !more || len(id) == 0 || !bytes.EqualFold(service, executeAPI) {
		return nil, nil, false
	}
	region, _, more = bytes.Cut(rest, dot)
	if !more || bytes.EqualFold(region, localhost) {
		region = nil
	}
	if hasUpper(id) || hasUpper(region) { // names of hosts have no case
		return bytes.ToLower(id), bytes.ToLower(region), true
	}
	return id, region, true
}

func hasUpper(s []byte) bool {
	return bytes.ContainsFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' })
}

var dot = []byte{'.'}

func (g *Gateway) byPath(rest, path []byte) (*program.Program, []byte) {
	id, rest := segment(rest)
	api := g.Table.Find(id, nil)
	if api == nil {
		return g.NoAPI, path
	}
	if name, after := segment(rest[1:]); bytes.Equal(name, defaultStage) || string(name) == "%24default" {
		return g.named(id, defaultStage, after)
	}
	return stage(api, rest)
}

// userRequest reads ID/STAGE/_user_request_/path.
func userRequest(rest []byte) (id, name, path []byte, ok bool) {
	id, rest = segment(rest)
	name, rest = segment(rest[1:])
	marker, path := segment(rest[1:])
	return id, name, path, bytes.Equal(marker, userPrefix)
}

func (g *Gateway) named(id, name, path []byte) (*program.Program, []byte) {
	api := g.Table.Find(id, nil)
	if api == nil {
		return g.NoAPI, path
	}
	if p := api.Stages[string(name)]; p != nil && !api.Disabled {
		return p, path
	}
	return api.NotFound, path
}

// segment cuts the first segment off a path that begins with it. What is left begins with a slash.
func segment(path []byte) (first, rest []byte) {
	if i := bytes.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, rootPath
}

// stage picks the stage that the path begins with, or $default
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation).
func stage(api *program.API, path []byte) (*program.Program, []byte) {
	if api.Disabled {
		return api.NotFound, path
	}
	if api.REST { // recorded: aws-behaviour.md, fact 7
		for len(path) > 1 && path[1] == '/' {
			path = path[1:]
		}
	}
	name, rest := segment(path[1:])
	if p := api.Stages[string(name)]; p != nil && !bytes.Equal(name, defaultStage) {
		return p, rest
	}
	if p := api.Stages[string(defaultStage)]; p != nil {
		return p, path
	}
	return api.NotFound, path
}
