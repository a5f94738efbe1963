package exchange

import (
	"fmt"
	"time"
)

// Journal is what happens to one call, line by line, in the words of AWS's execution logs
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html): execution logs and the log of
// TestInvokeMethod are made of it. A nil journal takes nothing, so that steps may ask [Journal.On] of every call.
type Journal struct {
	// Level is the most detailed that is taken.
	Level   JournalLevel
	Entries []JournalEntry
}

// JournalEntry is a line and when it was written. Text is as long as it is; who writes the log cuts it.
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
	if j.On(level) {
		j.Entries = append(j.Entries, JournalEntry{At: time.Now(), Text: fmt.Sprintf(format, args...)})
	}
}
