package exchange

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"
)

// What was allocated stays as it is while more is.
func TestArena(t *testing.T) {
	x := new(Exchange)
	var kept, want [][]byte
	for i := range 300 {
		source := bytes.Repeat([]byte{byte(i)}, i)
		kept, want = append(kept, x.Copy(source)), append(want, bytes.Clone(source))
		clear(source)
		_ = append(x.Alloc(3), 'x') // must not run into the next
	}
	for i := range kept {
		if !bytes.Equal(kept[i], want[i]) {
			t.Fatalf("copy %d was overwritten", i)
		}
	}
	if b := x.Alloc(10 * arenaSize); len(b) != 10*arenaSize || cap(b) != len(b) {
		t.Fatalf("length %d, capacity %d", len(b), cap(b))
	}
}

func TestReset(t *testing.T) {
	x := new(Exchange)
	use := func() {
		x.Request.Method = x.Copy([]byte("GET"))
		x.Request.Header.Add(x.Copy([]byte("A")), nil)
		x.Response.Header.Add(x.Copy([]byte("B")), nil)
		x.Response.Body.Bytes = x.Alloc(100)
		x.Route.Vars = append(x.Route.Vars, PathVar{Name: "id", Value: x.Alloc(1)})
		x.Outgoing.Edits = append(x.Outgoing.Edits, HeaderEdit{Name: x.Alloc(1)})
		x.Fault = nil
	}
	use()
	x.ID, x.Response.Status, x.Fault = []byte("id"), 200, Refuse(KindInternal, nil)
	x.Reset()
	empty := Exchange{arena: x.arena}
	empty.Request.Header, empty.Response.Header, empty.Route.Vars = x.Request.Header, x.Response.Header, x.Route.Vars
	empty.Outgoing.Edits = x.Outgoing.Edits
	if !reflect.DeepEqual(*x, empty) || x.Request.Header.Len()+x.Response.Header.Len()+len(x.Route.Vars)+len(x.Outgoing.Edits)+len(x.arena) > 0 {
		t.Fatalf("left over: %+v", x)
	}
	for _, f := range x.Request.Header.fields[:1] {
		if f.Name != nil {
			t.Fatal("a dropped field is still referred to")
		}
	}
	if n := testing.AllocsPerRun(10, func() { use(); x.Reset() }); n > 0 {
		t.Fatalf("%v allocations for a usual call", n)
	}
	x.Alloc(arenaKeep + 1)
	if x.Reset(); cap(x.arena) > 0 {
		t.Fatal("an outgrown arena was kept")
	}
}

func TestBodyLen(t *testing.T) {
	for _, tc := range []struct {
		body Body
		want int64
	}{
		{Body{}, 0},
		{Body{Bytes: []byte("abc")}, 3},
		{Body{Stream: io.NopCloser(nil), Size: 5}, 5},
		{Body{Stream: io.NopCloser(nil), Size: -1}, -1},
	} {
		if got := tc.body.Len(); got != tc.want {
			t.Errorf("%+v: %d", tc.body, got)
		}
	}
}

type closer struct {
	io.Reader
	err error
}

func (c closer) Close() error { return c.err }

func TestBodyClose(t *testing.T) {
	failure := errors.New("failure")
	if err := (&Body{Stream: closer{err: failure}}).Close(); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if err := new(Body).Close(); err != nil {
		t.Errorf("a whole body: %v", err)
	}
}

func TestKindsHaveDefaults(t *testing.T) {
	names := map[string]bool{}
	for k := range Kind(len(defaults)) {
		d := k.Default()
		if d.Name == "" || d.Message == "" || d.Status < 400 || d.Status > 599 || names[d.Name] {
			t.Errorf("kind %d: %+v", k, d)
		}
		names[d.Name] = true
	}
}

func TestFault(t *testing.T) {
	cause := errors.New("connection refused")
	f := Refuse(KindIntegrationFailure, cause)
	if !errors.Is(f, cause) || f.Error() != "integration_failure: connection refused" || Refuse(KindInternal, nil).Error() != "internal" {
		t.Errorf("%v", f)
	}
}
