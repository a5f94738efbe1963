package exchange

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Listed prints fields as Java prints a map that keeps its order, such as a back end's response headers: {A=1, B=2,3}. It is
// an argument for [Journal.Sayf]: text is made only of lines that are taken.
type Listed []Field

// String implements fmt.Stringer.
func (l Listed) String() string { return fieldsText(merged(l)) }

// Hashed prints fields as Java prints a HashMap: in the order of its buckets, which is that of recorded request headers
// (aws-behaviour-auth-websocket-logs.md, fact 45).
type Hashed []Field

// String implements fmt.Stringer.
func (h Hashed) String() string {
	fields := merged(h)
	buckets := 16
	for 4*len(fields) > 3*buckets {
		buckets *= 2
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return bucket(a.Name, buckets) - bucket(b.Name, buckets) })
	return fieldsText(fields)
}

// bucket is where a java.util.HashMap puts a string.
func bucket(key []byte, buckets int) int {
	var hash uint32
	for _, unit := range utf16.Encode([]rune(string(key))) {
		hash = 31*hash + uint32(unit)
	}
	return int(hash^hash>>16) & (buckets - 1)
}

// merged has each name once, with its values behind commas, and nothing of what is secret but its end.
func merged(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		value := f.Value
		if isSecret(f.Name) {
			value = []byte(Masked(string(value)))
		}
		i := slices.IndexFunc(out, func(o Field) bool { return EqualFold(o.Name, string(f.Name)) })
		if i < 0 {
			out = append(out, Field{Name: f.Name, Value: value})
			continue
		}
		out[i].Value = slices.Concat(out[i].Value, []byte{','}, value)
	}
	return out
}

// isSecret tells what is masked. AWS leaves its own session tokens as they are, most of which a line has no room for; here
// they are the owner's, and usable.
func isSecret(name []byte) bool {
	return EqualFold(name, "Authorization") || EqualFold(name, "X-Api-Key") || EqualFold(name, "X-Amz-Security-Token")
}

func fieldsText(fields []Field) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.Write(f.Name)
		b.WriteByte('=')
		b.Write(bytes.ToValidUTF8(f.Value, []byte("\uFFFD")))
	}
	b.WriteByte('}')
	return b.String()
}

// Masked is a key or token as logs show it: the last six characters, and an asterisk for each one before (recorded:
// aws-behaviour-auth-websocket-logs.md, fact 46).
func Masked(secret string) string {
	const shown = 6
	n := utf8.RuneCountInString(secret)
	hidden := n - shown
	if hidden <= 0 {
		return strings.Repeat("*", n)
	}
	end := secret
	for range hidden {
		_, size := utf8.DecodeRuneInString(end)
		end = end[size:]
	}
	return strings.Repeat("*", hidden) + end
}

// JournalAhead is how many bytes of a body a line may show. Bodies are read ahead as far for lines of [JournalData].
const JournalAhead = MaxJournalLine*utf8.UTFMax + utf8.UTFMax

// Payload prints as much of a body as a log has room for, and "[Binary Data]" for what is no text, as users report it.
type Payload []byte

// String implements fmt.Stringer.
func (p Payload) String() string {
	text := []byte(p)
	if len(text) >= JournalAhead {
		text = text[:JournalAhead]
		for i := 0; i < utf8.UTFMax && !utf8.Valid(text); i++ {
			text = text[:len(text)-1]
		}
	}
	if !utf8.Valid(text) {
		return "[Binary Data]"
	}
	return string(text)
}
