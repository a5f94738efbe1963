package exchange

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Journal is what happens to one call, line by line, in the words of AWS's execution logs
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html): execution logs and the log of
// TestInvokeMethod are made of it. A nil journal takes nothing, so that steps may ask [Journal.On] of every call.
type Journal struct {
	// Level is the most detailed that is taken.
	Level   JournalLevel
	Entries []JournalEntry
	// Failed says that a line of JournalError was written: why the call failed is known.
	Failed bool
}

// JournalEntry is a line and when it was written. Text is as long as it is; [JournalEntry.Line] cuts it.
type JournalEntry struct {
	At   time.Time
	Text string
}

// JournalLevel is a closed set, from the least detailed on.
type JournalLevel uint8

// The levels: failures alone, what happens, and the whole of requests and responses (AWS's "data trace").
const (
	JournalError JournalLevel = iota + 1
	JournalInfo
	JournalData
)

// On reports whether the journal takes lines of a level. Ask before making one.
func (j *Journal) On(level JournalLevel) bool { return j != nil && level <= j.Level }

// Sayf adds a line of a level, if the journal takes it.
func (j *Journal) Sayf(level JournalLevel, format string, args ...any) {
	if !j.On(level) {
		return
	}
	j.Failed = j.Failed || level == JournalError
	j.Entries = append(j.Entries, JournalEntry{At: time.Now(), Text: fmt.Sprintf(format, args...)})
}

// MaxJournalLine is how many characters of a line are logged (counted in recorded logs: aws-behaviour-auth-websocket-logs.md,
// fact 45).
const MaxJournalLine = 1024

// Line is the text as it is logged.
func (e *JournalEntry) Line() string {
	if len(e.Text) <= MaxJournalLine || utf8.RuneCountInString(e.Text) <= MaxJournalLine {
		return e.Text
	}
	n := 0
	for i := range e.Text {
		if n == MaxJournalLine {
			return e.Text[:i] + " [TRUNCATED]"
		}
		n++
	}
	return e.Text
}

// Transcript is the journal as TestInvokeMethod and TestInvokeAuthorizer answer it, with times as java.util.Date prints
// them (recorded: TestApigatewayTestInvoke).
func (j *Journal) Transcript(requestID string) string {
	var b strings.Builder
	b.WriteString("Execution log for request " + requestID + "\n")
	for i := range j.Entries {
		e := &j.Entries[i]
		b.WriteString(e.At.UTC().Format("Mon Jan 02 15:04:05 UTC 2006") + " : " + e.Line() + "\n")
	}
	return b.String()
}
