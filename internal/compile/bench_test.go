package compile

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/program"
)

// BenchmarkRESTCall: a payload of 1 KB through a request and a response template is to cost 60 µs at most over a proxy.
func BenchmarkRESTCall(b *testing.B) {
	const (
		item    = `{"id":"%","owner":"23456789@A12","title":"Sample photo","farm":1,"ispublic":1,"isfriend":0,"price":1.25}`
		request = `#set($root = $input.path('$'))
{"stage": "$context.stage", "caller": "$context.identity.sourceIp", "page": $root.photos.page, "photos": [
#foreach($p in $root.photos.photo){"id": "$p.id", "title": "$util.escapeJavaScript($p.title)", "public": $p.ispublic}#if($foreach.hasNext),#end
#end]}`
		response = `#set($root = $input.path('$'))
{"total": $root.photos.photo.size(), "items": [#foreach($p in $root.photos.photo)
  {"id": "$p.id", "owner": "$p.owner", "price": $p.price}#if($foreach.hasNext),#end
#end]}`
	)
	var items []string
	for i := range 9 {
		items = append(items, strings.Replace(item, "%", strings.Repeat(string(rune('a'+i)), 11), 1))
	}
	body := `{"photos":{"page":1,"photo":[` + strings.Join(items, ",") + `]}}`
	transformed := httpTo("http://one.example/", func(in *gateway.RestIntegration) {
		in.RequestTemplates = map[string]string{"application/json": request}
		in.Responses = answer(response)
	})
	proxied := &gateway.Method{Authorization: gateway.AuthorizationNone, Integration: proxyTo("http://one.example/", nil)}
	for name, m := range map[string]*gateway.Method{"transformed": transformed, "proxied": proxied} {
		b.Run(name, func(b *testing.B) {
			p, err := RestAPI(restStage(resource("/x", map[string]*gateway.Method{"POST": m})), world(&backends{answer: body}))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			x := &exchange.Exchange{}
			for b.Loop() {
				callOnce(p, x, body)
			}
			if x.Response.Status != 200 {
				b.Fatal(x.Response.Status, x.Fault)
			}
		})
	}
}

func callOnce(p *program.Program, x *exchange.Exchange, body string) {
	x.Reset()
	x.Received = time.UnixMilli(1_550_000_000_123)
	x.Request.Method, x.Request.Path, x.Request.Body.Bytes = []byte("POST"), []byte("/x"), []byte(body)
	p.Run(context.Background(), x, x.Request.Path)
}
