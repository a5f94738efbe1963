package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/store"
)

// The crash test runs this test binary again as the process that is killed.
const (
	envCrashDir    = "DIPYLON_CRASH_DIR"    // set for the child: the data directory to write to
	envCrashRounds = "DIPYLON_CRASH_ROUNDS" // how many children are killed
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envCrashDir); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled commits pairs of documents with one number after another and prints each number once it is
// acknowledged. The log is moved into the database every few commits, so that kills hit that as well.
func writeUntilKilled(dir string) error {
	s, err := Open(context.Background(), Options{Dir: dir, History: 100})
	if err != nil {
		return err
	}
	c := <-s.writer
	if err := c.script(`PRAGMA wal_autocheckpoint = 50`); err != nil {
		return err
	}
	s.writer <- c
	last, err := s.Revision(context.Background())
	for n := last + 1; n < last+100_000 && err == nil; n++ {
		_, err = s.Update(context.Background(), func(tx store.Tx) error { return putPair(tx, n) })
		if err == nil {
			_, err = fmt.Println(n)
		}
	}
	return err
}

// putPair writes two documents that agree; every tenth pair spans many pages.
func putPair(tx store.Tx, n int64) error {
	value := fmt.Appendf(nil, `{"n":%d,"random":%d}`, n, rand.Uint64())
	if n%10 == 0 {
		value = fmt.Appendf(nil, `{"n":%d,"random":"%s"}`, n, strings.Repeat(strconv.FormatUint(rand.Uint64(), 16), 2000))
	}
	id := fmt.Sprintf("%08d", n)
	return errors.Join(
		tx.Put(store.Key{Kind: "first", ID: id}, value),
		tx.Put(store.Key{Kind: "second", ID: id}, value),
	)
}

// TestCrash kills writing processes at random points. Whatever they acknowledged is there afterwards, in order, and no
// transaction is there by half. Killing a process shows nothing about a loss of power; there SQLite's syncs stand for
// the promise (see TestSettings).
func TestCrash(t *testing.T) {
	rounds := 5
	if env := os.Getenv(envCrashRounds); env != "" {
		var err error
		if rounds, err = strconv.Atoi(env); err != nil {
			t.Fatalf("%s: %v", envCrashRounds, err)
		}
	}
	dir := t.TempDir()
	var acknowledged, inDoubt int64
	for round := range rounds {
		if last := killWriter(t, dir); last > 0 {
			if last <= acknowledged {
				t.Fatalf("round %d: %d was acknowledged after %d", round, last, acknowledged)
			}
			acknowledged, inDoubt = last, 0
		}
		inDoubt++
		// Now and then the next writer finds the files as the kill left them.
		if rand.IntN(3) > 0 || round == rounds-1 {
			stored := checkPairs(t, dir)
			if stored < acknowledged || stored > acknowledged+inDoubt {
				t.Fatalf("round %d: %d is stored, %d was acknowledged", round, stored, acknowledged)
			}
		}
	}
	t.Logf("%d kills, %d commits acknowledged", rounds, acknowledged)
}

// killWriter runs a writer, kills it somewhere between its start and its hundredth commit, and returns the last number
// it acknowledged, 0 for none.
func killWriter(t *testing.T, dir string) (last int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // should the writer hang
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), envCrashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := rand.IntN(100)
	if rand.IntN(4) == 0 {
		after = -1
		killWithin(cmd.Process, 50*time.Millisecond)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		number, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil || last > 0 && number != last+1 {
			t.Errorf("acknowledged %q after %d", lines.Text(), last)
		}
		if last = number; n == after {
			killWithin(cmd.Process, time.Millisecond)
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return last
}

func killWithin(p *os.Process, most time.Duration) {
	time.AfterFunc(rand.N(most), func() { _ = p.Kill() })
}

// checkPairs opens what a kill left, checks all of it and returns the last number stored.
func checkPairs(t *testing.T, dir string) int64 {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, History: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	var revision int64
	err = s.read(t.Context(), func(r *reader) error {
		revision = r.revision
		return errors.Join(comparePairs(r), compareHistory(r), integrity(r))
	})
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// comparePairs wants the pairs 1 to the revision, each whole, each written by the commit with its number.
func comparePairs(r *reader) error {
	first, err1 := r.List(store.Range{Kind: "first"})
	second, err2 := r.List(store.Range{Kind: "second"})
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if int64(len(first)) != r.revision || len(first) != len(second) {
		return fmt.Errorf("%d and %d documents at revision %d", len(first), len(second), r.revision)
	}
	for i, a := range first {
		b, n := second[i], int64(i+1)
		if a.ID != fmt.Sprintf("%08d", n) || a.ID != b.ID || a.Revision != n || b.Revision != n ||
			string(a.JSON) != string(b.JSON) {
			return fmt.Errorf("pair %d is torn: %s at %d, %s at %d", n, a.Key, a.Revision, b.Key, b.Revision)
		}
	}
	return nil
}

func compareHistory(r *reader) error {
	changes, err := r.changesAfter(max(0, r.revision-50))
	if err != nil {
		return err
	}
	if want := 2 * min(50, r.revision); int64(len(changes)) != want {
		return fmt.Errorf("%d changes, want %d", len(changes), want)
	}
	return nil
}

func integrity(r *reader) error {
	bad, err := r.conn.queryInt(`SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`)
	if err == nil && bad > 0 {
		err = fmt.Errorf("integrity check found %d problems", bad)
	}
	return err
}
