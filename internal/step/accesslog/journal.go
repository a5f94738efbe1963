package accesslog

import (
	"github.com/dipylon/dipylon/internal/exchange"
)

// LogCall takes the lines of an execution log that are of one call, "(id) text" each; they stay together.
func (d *Destination) LogCall(requestID []byte, entries []exchange.JournalEntry) {
	n := 0
	for i := range entries {
		n += recordHead + len("() ") + len(requestID) + len(entries[i].Line())
	}
	ok, due := d.queue.putAll(n, func(dst []byte) []byte {
		for i := range entries {
			dst = appendEvent(dst, requestID, &entries[i])
		}
		return dst
	})
	d.queued(ok, due, uint64(len(entries)))
}

// appendEvent appends a record.
func appendEvent(dst, requestID []byte, e *exchange.JournalEntry) []byte {
	text := e.Line()
	dst = appendHead(dst, e.At, "", len("() ")+len(requestID)+len(text))
	dst = append(append(append(dst, '('), requestID...), ") "...)
	return append(dst, text...)
}
