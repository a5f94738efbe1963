package event

import (
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

func usual() request {
	return request{
		method: "POST", host: "abcdefghij.execute-api.eu-west-1.amazonaws.com", path: "/pets/17", query: "verbose=true&tag=a&tag=b", ip: "203.0.113.7", id: "ATfSmjLgPHcESJw=",
		at: 1783711145766, vars: "id=17", body: `{"name":"Rex","kind":"dog","age":4,"owner":{"name":"Ada","email":"ada@example.com"}}`,
		head: "User-Agent: Mozilla/5.0 (X11; Linux x86_64)|Accept: application/json|Accept-Encoding: gzip, deflate, br|Accept-Language: en-GB,en;q=0.5|" +
			"Content-Type: application/json|Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl|Origin: https://example.com|" +
			"Referer: https://example.com/pets|Cookie: session=abc123; theme=dark|X-Amzn-Trace-Id: Root=1-6a5145a9-1bae89e2512ec92d5d9438a0",
	}
}

// BenchmarkRequest is to take about 3 µs and no memory.
func BenchmarkRequest(b *testing.B) {
	for _, version := range []string{"1.0", "2.0"} {
		b.Run(version, func(b *testing.B) {
			format := New(version, Config{AccountID: "123456789012", APIID: "abcdefghij", Stage: "$default", RouteKey: "POST /pets/{id}"})
			template, x := usual().exchange(), &exchange.Exchange{}
			var event []byte
			b.ReportAllocs()
			for b.Loop() {
				x.Reset()
				x.ID, x.Received, x.Request, x.Route = template.ID, template.Received, template.Request, template.Route
				event = format.AppendRequest(event[:0], x)
				x.Request, x.Route = exchange.Request{}, exchange.Matched{}
			}
			b.SetBytes(int64(len(event)))
		})
	}
}

func BenchmarkReadResponse(b *testing.B) {
	const answer = `{"statusCode":200,"headers":{"content-type":"application/json","cache-control":"no-store"},"body":"{\"name\":\"Rex\",\"kind\":\"dog\"}","isBase64Encoded":false}`
	format, x, payload := New("2.0", Config{}), &exchange.Exchange{}, make([]byte, len(answer))
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		copy(payload, answer)
		if err := format.ReadResponse(payload, x); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAllocations: a usual call needs no memory.
func TestAllocations(t *testing.T) {
	for _, version := range []string{"1.0", "2.0"} {
		format := New(version, Config{Stage: "$default", RouteKey: "POST /pets/{id}"})
		x, event := usual().exchange(), make([]byte, 0, 8<<10)
		format.AppendRequest(event, x)
		n := testing.AllocsPerRun(100, func() {
			x.Integration.Header.Reset()
			format.AppendRequest(event, x)
		})
		if n > 1 { // the arena of the exchange, which is not reset here, grows now and then
			t.Errorf("%s: %v allocations", version, n)
		}
	}
}
