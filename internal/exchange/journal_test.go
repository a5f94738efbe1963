package exchange

import "testing"

func TestJournal(t *testing.T) {
	var none *Journal
	none.Sayf(JournalError, "nobody listens")
	j := &Journal{Level: JournalInfo}
	j.Sayf(JournalError, "a %d", 1)
	j.Sayf(JournalInfo, "b")
	j.Sayf(JournalData, "c")
	if len(j.Entries) != 2 || j.Entries[0].Text != "a 1" || j.Entries[1].Text != "b" || j.Entries[0].At.IsZero() {
		t.Errorf("got %+v", j.Entries)
	}
	if none.On(JournalError) || j.On(JournalData) || !j.On(JournalError) {
		t.Error("levels")
	}
}
