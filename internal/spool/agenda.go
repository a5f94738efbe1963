package spool

import (
	"container/heap"
	"time"
)

// Agenda has items done when they are due. Its owner guards Add, Next and Drop by one lock, and holds it not while it calls
// Run.
type Agenda[E any] struct {
	due  dueHeap[E]
	wake chan struct{}
	quit chan struct{}
}

// NewAgenda returns an agenda without items.
func NewAgenda[E any]() *Agenda[E] {
	return &Agenda[E]{wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// Add has an item done at a time.
func (a *Agenda[E]) Add(at time.Time, e E) {
	i := &entry[E]{at, e}
	heap.Push(&a.due, i)
	if a.due[0] == i {
		select {
		case a.wake <- struct{}{}:
		default: // it will wake already
		}
	}
}

// Next takes off the item that has been due longest. Where none is due, wait is how long until one will be, and 0 if there
// is none.
func (a *Agenda[E]) Next(now time.Time) (e E, wait time.Duration, ok bool) {
	if len(a.due) == 0 {
		return e, 0, false
	}
	if wait := a.due[0].at.Sub(now); wait > 0 {
		return e, wait, false
	}
	return heap.Pop(&a.due).(*entry[E]).item, 0, true
}

// Drop takes all items off.
func (a *Agenda[E]) Drop() []E {
	items := make([]E, len(a.due))
	for i, e := range a.due {
		items[i] = e.item
	}
	a.due = nil
	return items
}

// Run calls dispatch whenever an item may be due, until Stop. dispatch tells how long to wait for the next; 0 for as long
// as nothing is added.
func (a *Agenda[E]) Run(dispatch func() (wait time.Duration)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-a.wake:
		case <-a.quit:
			return
		}
		if wait := dispatch(); wait > 0 {
			timer.Reset(wait)
		}
	}
}

// Stop ends Run. It is called once.
func (a *Agenda[E]) Stop() { close(a.quit) }

type entry[E any] struct {
	at   time.Time
	item E
}

// dueHeap has the entry that is due first in front.
type dueHeap[E any] []*entry[E]

func (h dueHeap[E]) Len() int           { return len(h) }
func (h dueHeap[E]) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap[E]) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *dueHeap[E]) Push(e any) { *h = append(*h, e.(*entry[E])) }

// Pop implements [heap.Interface].
func (h *dueHeap[E]) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
