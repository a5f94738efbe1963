package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// stream is a log stream of a log. Its number is never given again.
type stream struct {
	id      uint32
	name    string
	created int64
	stats   stats
}

// streamLine is a line of the file "streams": a stream that was made, or one that was deleted.
type streamLine struct {
	ID      uint32 `json:"id"`
	Name    string `json:"name,omitempty"`
	Created int64  `json:"created,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

func streamsPath(dir string) string { return filepath.Join(dir, "streams") }

// readStreams returns the streams by name and the next free number. A last line that was cut off is removed.
func readStreams(dir string) (map[string]*stream, uint32, error) {
	streams := map[string]*stream{}
	text, err := os.ReadFile(streamsPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return streams, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	names, next, whole := map[uint32]string{}, uint32(0), 0
	for line := range bytes.Lines(text) {
		var l streamLine
		if !bytes.HasSuffix(line, []byte{'\n'}) || json.Unmarshal(line, &l) != nil {
			break
		}
		whole += len(line)
		next = max(next, l.ID+1)
		if l.Deleted {
			delete(streams, names[l.ID])
			continue
		}
		names[l.ID] = l.Name
		streams[l.Name] = &stream{id: l.ID, name: l.Name, created: l.Created}
	}
	if whole < len(text) {
		return streams, next, os.Truncate(streamsPath(dir), int64(whole))
	}
	return streams, next, nil
}

// writeStreams adds lines to the file, whole or not at all.
func writeStreams(dir string, lines ...streamLine) (err error) {
	var text []byte
	for _, l := range lines {
		line, err := json.Marshal(l)
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	f, err := os.OpenFile(streamsPath(dir), os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Truncate(info.Size()))
	}
	return f.Sync()
}
