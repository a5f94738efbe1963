package compress

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dipylon/dipylon/internal/exchange"
)

type requests struct{ minimum, most int64 }

// run refuses a coding that is not known, and a body that does not have it, with 415 (the page "Call an API method with a
// compressed payload").
func (s *requests) run(_ context.Context, x *exchange.Exchange) error {
	body := &x.Request.Body
	if body.Len() == 0 {
		return nil
	}
	value := bytes.TrimSpace(x.Request.Header.Get("Content-Encoding"))
	if len(value) == 0 || exchange.EqualFold(value, "identity") {
		return nil
	}
	c := parseCoding(value)
	if c == unknown {
		return exchange.Refuse(exchange.KindUnsupportedMediaType, fmt.Errorf("the content coding %q is not supported", value))
	}
	if err := body.ReadAhead(math.MaxInt64); errors.Is(err, exchange.ErrBodyTooLarge) {
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	} else if err != nil {
		return exchange.Refuse(exchange.KindBadRequest, err)
	}
	if n := body.Len(); n == 0 || n < s.minimum {
		return nil
	}
	plain, err := c.decompress(body.Bytes, s.most)
	if errors.Is(err, exchange.ErrBodyTooLarge) {
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	}
	if err != nil {
		return exchange.Refuse(exchange.KindUnsupportedMediaType, fmt.Errorf("the body is not what Content-Encoding says: %w", err))
	}
	x.Request.Body, x.Request.Decoded = exchange.Body{Bytes: plain}, true
	return nil
}

func (c coding) decompress(payload []byte, most int64) ([]byte, error) {
	var r io.Reader
	var err error
	if c == gzipped {
		r, err = gzip.NewReader(bytes.NewReader(payload))
	} else {
		r, err = zlib.NewReader(bytes.NewReader(payload))
	}
	if err != nil {
		return nil, err
	}
	if most < math.MaxInt64 {
		r = io.LimitReader(r, most+1)
	}
	plain, err := io.ReadAll(r)
	if err == nil && int64(len(plain)) > most {
		return nil, exchange.ErrBodyTooLarge
	}
	return plain, err
}
