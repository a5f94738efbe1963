package lambda

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Why an asynchronous call was given up. The last are ours.
const (
	conditionRetries  = "RetriesExhausted"
	conditionAge      = "EventAgeExceeded"
	conditionReserved = "ZeroReservedConcurrency"
	conditionGone     = "FunctionNotFound"
	conditionRefused  = "InvocationRefused"
)

// deadLetter is an asynchronous call that failed for good, in the form in which AWS tells a destination of failures
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). AcceptedAt and Error are ours.
type deadLetter struct {
	Version         string          `json:"version"`
	Timestamp       string          `json:"timestamp"`
	RequestContext  requestContext  `json:"requestContext"`
	RequestPayload  json.RawMessage `json:"requestPayload"`
	ResponseContext *outcomeContext `json:"responseContext,omitempty"`
	ResponsePayload json.RawMessage `json:"responsePayload,omitempty"`
	AcceptedAt      string          `json:"acceptedAt"`
	Error           string          `json:"error,omitempty"`
}

type requestContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	Attempts    int    `json:"approximateInvokeCount"`
}

type outcomeContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion,omitempty"`
	FunctionError   string `json:"functionError,omitempty"`
}

// rawJSON returns a payload as it is if it is JSON, and else as a JSON string.
func rawJSON(payload []byte) json.RawMessage {
	if json.Valid(payload) {
		return payload
	}
	text, _ := json.Marshal(string(payload)) // which cannot fail
	return text
}

// The time format of AWS's records.
const letterTime = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(letterTime) }

// deadLetters are files of lines, one for each function: REGION/ACCOUNT/NAME.jsonl, and older ones in NAME.jsonl.1 and so on,
// the oldest with the highest number.
type deadLetters struct {
	dir  string
	max  int64
	keep int
}

// append writes a line; it is on the disk then.
func (d *deadLetters) append(ref gateway.FunctionRef, letter *deadLetter) (err error) {
	line, err := json.Marshal(letter)
	if err != nil {
		return err
	}
	dir := filepath.Join(d.dir, fileName(ref.Tenant.Region), fileName(ref.Tenant.Account))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, fileName(ref.Name)+".jsonl")
	if err := d.rotate(path, int64(len(line))); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// rotate puts a file away that would become too long.
func (d *deadLetters) rotate(path string, more int64) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Size() == 0 || info.Size()+more <= d.max {
		return err
	}
	numbered := func(n int) string { return path + "." + strconv.Itoa(n) }
	for n := d.keep - 1; n > 0; n-- {
		if err := os.Rename(numbered(n), numbered(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(path, numbered(1))
}

// fileName makes a name safe. Names of AWS's are so already, but a function elsewhere can be named anyhow.
func fileName(name string) string {
	safe := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
			return c
		}
		return '~'
	}, name)
	const most = 200
	return safe[:min(len(safe), most)]
}
