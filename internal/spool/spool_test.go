package spool

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

type note struct{ Name string }

func (n note) Valid() bool { return n.Name != "" }

// TestSpool keeps items in the order of their age, whatever a crash left beside them.
func TestSpool(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s, err := Open[note](dir)
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_700_000_000_000)
	late, _, err := s.Put(at.Add(time.Second), &note{"late"}, []byte("2\n"))
	if err != nil {
		t.Fatal(err)
	}
	early, size, err := s.Put(at, &note{"early"}, nil)
	if err != nil || size != int64(len(`{"Name":"early"}`)+1) {
		t.Fatal(size, err)
	}
	for name, text := range map[string]string{"half" + partial: "{", "0-other.0": "no item"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if late, err = s.Failed(late, 3); err != nil || Failures(late) != 3 || Failures(early) != 0 {
		t.Error(late, err)
	}
	names, err := s.Names()
	if err != nil || !slices.Equal(names, []string{"0-other.0", early, late}) {
		t.Errorf("%q, %v", names, err)
	}
	if _, _, err := s.Get("0-other.0"); !errors.Is(err, ErrBad) {
		t.Error(err)
	}
	head, payload, err := s.Get(late)
	if err != nil || head.Name != "late" || string(payload) != "2\n" {
		t.Error(head, payload, err)
	}
	if head, size, err = s.Head(early); err != nil || head.Name != "early" || size != 17 {
		t.Error(head, size, err)
	}
	if err := errors.Join(s.Remove(early), s.Remove(early)); err != nil {
		t.Error(err)
	}
}

func FuzzHead(f *testing.F) {
	f.Add([]byte(`{"Name":"f"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var head note
		if err := parseHead(line, &head); err == nil && !head.Valid() {
			t.Error("a head that is none")
		}
	})
}
