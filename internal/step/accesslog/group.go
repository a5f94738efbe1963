package accesslog

import (
	"path/filepath"
	"strings"
)

// Group is a log group of CloudWatch Logs.
type Group struct {
	Region, Account, Name string
}

// DestinationError is an ARN that names no log group.
type DestinationError struct {
	ARN string
}

// Error implements error. AWS's text is not established.
func (e *DestinationError) Error() string {
	return "Invalid DestinationArn: " + e.ARN + " is not the ARN of a CloudWatch Logs log group"
}

// ParseARN reads arn:aws:logs:REGION:ACCOUNT:log-group:NAME, with or without ":*" at its end. HTTP APIs log to nothing
// else.
func ParseARN(arn string) (Group, error) {
	parts := strings.Split(strings.TrimSuffix(arn, ":*"), ":")
	if len(parts) != 7 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "logs" || parts[5] != "log-group" {
		return Group{}, &DestinationError{arn}
	}
	g := Group{Region: parts[3], Account: parts[4], Name: parts[6]}
	const (
		lower  = "abcdefghijklmnopqrstuvwxyz"
		digits = "0123456789"
		others = "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/#"
	)
	if !isOf(g.Region, lower+digits+"-") || !isOf(g.Account, digits) || !isOf(g.Name, lower+digits+others) || len(g.Name) > maxGroupName {
		return Group{}, &DestinationError{arn}
	}
	return g, nil
}

// maxGroupName is CloudWatch Logs' limit.
const maxGroupName = 512

func isOf(s, chars string) bool { return s != "" && strings.Trim(s, chars) == "" }

// Path is where the group's events are, below a directory: REGION/ACCOUNT/NAME.log with "~" for each slash of the name, and,
// since file names are short, with "+/" behind every 200 bytes of it. Older events are in NAME.log.1, the oldest in the file
// with the highest number.
//
// A file has a line per event: the time in milliseconds since 1970, a space and the event's text. Times are in order within
// each second or so; who wants them strictly sorts. The last line may be cut off by a crash; the next event begins on a new one.
func (g Group) Path(dir string) string {
	const piece = 200
	name := strings.ReplaceAll(g.Name, "/", "~")
	path := filepath.Join(dir, g.Region, g.Account)
	for len(name) > piece {
		path, name = filepath.Join(path, name[:piece]+"+"), name[piece:]
	}
	return filepath.Join(path, name+".log")
}
