// Package dataplane is where calls enter and leave: listeners, TLS, HTTP/1.1 and HTTP/2. It turns bytes into an
// [exchange.Exchange], hands it to a [Handler] and writes what the handler left in its Response.
//
// HTTP/1.1 is served by an engine of our own (conn.go: one goroutine per connection; head.go: the strict parser; body.go:
// request bodies; response.go: the writer; sweep.go: timeouts, client aborts and drain). HTTP/2 is net/http's behind
// [HTTPHandler], which also serves calls on listeners that are not the data plane's.
//
// Whatever is accepted here has one reading only: a request whose framing two parsers could understand differently is
// refused and its connection closed, so nothing behind has to guard against request smuggling.
//
// locate.go finds the program of a call by its host and path; all else knows nothing of APIs, programs or steps. It may
// import exchange and program.
package dataplane
