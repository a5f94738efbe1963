package content

import (
	"context"
	"errors"
	"math"
	"os"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Rules are which payloads of a REST API are binary data, and what an integration or its response wants of them.
type Rules struct {
	Types    MediaTypes
	Handling Handling
}

// maxBody is the largest answer that is converted: AWS's quota of payloads.
const maxBody = 10 << 20

var errTooLong = errors.New("the back end's payload is too long to be converted")

// Request returns the payload for the back end. It is whole if it is asked for so, and if it is text or becomes text.
func (r *Rules) Request(x *exchange.Exchange, whole bool) (body exchange.Body, binary bool, fault *exchange.Fault) {
	from := r.Types.Match(x.Request.Header.Get("Content-Type"))
	b := &x.Request.Body
	if from && r.Handling != ToText && b.Stream != nil && !whole {
		return *b, true, nil
	}
	if err := b.ReadAhead(math.MaxInt64); err != nil { // the listener bounds it
		if errors.Is(err, exchange.ErrBodyTooLarge) {
			return body, from, exchange.Refuse(exchange.KindRequestTooLarge, err)
		}
		return body, from, exchange.Refuse(exchange.KindBadRequest, err)
	}
	out, err := r.Handling.Request(Body{Bytes: b.Bytes, Binary: from}, x.Alloc)
	if err != nil {
		return body, out.Binary, exchange.Refuse(exchange.KindConfiguration, err)
	}
	return exchange.Body{Bytes: out.Bytes}, out.Binary, nil
}

// Response makes the payload for the client of what the back end answered. It is read as a whole if it is asked for so, and
// where it becomes base64 or what base64 stands for. A long text goes on as a stream, whose length is not known before.
func (r *Rules) Response(ctx context.Context, x *exchange.Exchange, whole bool) (binary bool, fault *exchange.Fault) {
	b := &x.Response.Body
	from := r.Types.Match(x.Response.Header.Get("Content-Type"))
	accepted := r.Types.Accepted(x.Request.Header.Get("Accept"))
	to := r.Handling == ToBinary || r.Handling == AsIs && accepted
	const long = 1 << 20
	switch {
	case b.Stream == nil || whole:
	case from && to:
		return true, nil
	case !from && !to && (b.Size < 0 || b.Size > long):
		*b = exchange.Body{Stream: NewTextReader(b.Stream), Size: -1}
		return false, nil
	}
	err := b.ReadAhead(maxBody + 1)
	if err == nil && b.Stream != nil {
		err = errTooLong
	}
	switch {
	case err != nil:
		_ = b.Close() // it is of no use any more
		*b = exchange.Body{}
		return to, NotRead(ctx, err)
	case len(b.Bytes) == 0: // whose size is what HEAD is told
		return false, nil
	}
	out, err := r.Handling.Response(Body{Bytes: b.Bytes, Binary: from}, accepted, x.Alloc)
	if err != nil {
		return to, exchange.Refuse(exchange.KindConfiguration, err)
	}
	b.Bytes = out.Bytes
	return to, nil
}

// NotRead says what it means for the client that a back end's payload could not be read to its end.
func NotRead(ctx context.Context, err error) *exchange.Fault {
	switch {
	case ctx.Err() != nil:
		return exchange.Refuse(exchange.KindClientGone, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return exchange.Refuse(exchange.KindIntegrationTimeout, err)
	}
	return exchange.Refuse(exchange.KindIntegrationFailure, err)
}
