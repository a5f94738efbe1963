package lambda

// Backlog are the asynchronous calls that have not ended.
type Backlog struct {
	Events int
	Bytes  int64
	// Refused are those that were not accepted for want of room, and DeadLetters those that failed for good.
	Refused, DeadLetters uint64
}

// Backlog tells what waits or runs now, and what has become of others since the start.
func (d *Directory) Backlog() Backlog {
	q := d.queue
	if q == nil {
		return Backlog{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return Backlog{Events: q.events, Bytes: q.bytes, Refused: q.refused, DeadLetters: q.buried.Load()}
}
