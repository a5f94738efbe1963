package exchange

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// TraceID returns the value of X-Amzn-Trace-Id that everybody who is called for this exchange gets: the client's, if it
// has the form of one, else a new one.
func (x *Exchange) TraceID() []byte {
	if x.trace == nil {
		x.trace = x.Request.Header.Get("X-Amzn-Trace-Id")
		if !bytes.HasPrefix(x.trace, rootPrefix) {
			x.trace = x.newTraceID()
		}
	}
	return x.trace
}

var rootPrefix = []byte("Root=")

// newTraceID makes a root as AWS writes it: Root=1-, eight hexadecimal digits of time, a hyphen, 24 random ones
// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
func (x *Exchange) newTraceID() []byte {
	var raw [16]byte
	binary.BigEndian.PutUint32(raw[0:], uint32(x.Received.Unix())) //nolint:gosec // the format has 32 bits of time
	binary.BigEndian.PutUint32(raw[4:], rand.Uint32())
	binary.BigEndian.PutUint64(raw[8:], rand.Uint64())
	const prefix = "Root=1-"
	out := append(x.Alloc(len(prefix) + 33)[:0], prefix...)
	out = hex.AppendEncode(out, raw[:4])
	out = append(out, '-')
	return hex.AppendEncode(out, raw[4:])
}

// Follow makes the call one of a trace: everybody who is called for it from now on gets this traceparent and this
// X-Amzn-Trace-Id.
func (x *Exchange) Follow(traceparent, traceID []byte) { x.traceparent, x.trace = traceparent, traceID }

// AddTrace adds the trace to the head of somebody who is called. The client's own traceparent goes on if the call is of no
// other trace.
func (x *Exchange) AddTrace(to *Header) {
	to.Add(nameTrace, x.TraceID())
	if x.traceparent != nil {
		to.Set(nameTraceparent, x.traceparent)
	}
}

var nameTraceparent = []byte("traceparent")

// Traced is what [Exchange.TraceID] has returned; nil if nobody has been called yet.
func (x *Exchange) Traced() []byte { return x.trace }

// ResponseTraceID is the X-Amzn-Trace-Id of a REST API's response: the call's, with a parent made up if it has none
// (recorded: aws-behaviour.md, fact 4).
func (x *Exchange) ResponseTraceID() []byte {
	trace := x.TraceID()
	if bytes.Contains(trace, parent) {
		return trace
	}
	const room = len(";Parent=;Sampled=0") + 16
	out := append(append(x.Alloc(len(trace) + room)[:0], trace...), parent...)
	out = hex.AppendEncode(out, binary.BigEndian.AppendUint64(nil, rand.Uint64()))
	if !bytes.Contains(trace, sampled) {
		out = append(out, ";Sampled=0"...)
	}
	return out
}

var parent, sampled = []byte(";Parent="), []byte("Sampled=")
