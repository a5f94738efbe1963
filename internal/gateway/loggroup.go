package gateway

import (
	"slices"
	"strings"
	"time"
)

// LogGroup is what a log group of CloudWatch Logs was told. Its events are elsewhere.
type LogGroup struct {
	Name string
	// RetentionDays is how long events are kept; 0 is for ever.
	RetentionDays int `json:",omitzero"`
	Class         string
	// KMSKeyID is kept and shown; events are not encrypted.
	KMSKeyID          string            `json:",omitzero"`
	DeletionProtected bool              `json:",omitzero"`
	Tags              map[string]string `json:",omitempty"`
	CreatedAt         time.Time
}

// LogGroupStandard is the class of groups that were given none.
const LogGroupStandard = "STANDARD"

// LogRetentionDays are how long events may be kept (service model, RetentionInDays).
func LogRetentionDays() []int {
	return []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
}

// ValidLogRetention reports whether events may be kept for so many days.
func ValidLogRetention(days int) bool { return slices.Contains(LogRetentionDays(), days) }

// LogGroupID is where a log group of CloudWatch Logs stands.
type LogGroupID struct {
	Region, Account, Name string
}

// MaxLogGroupName is the length of the longest name (service model, LogGroupName).
const MaxLogGroupName = 512

// LogGroupARN returns the group's ARN, without the ":*" that stands for its streams.
func LogGroupARN(g LogGroupID) string {
	return "arn:aws:logs:" + g.Region + ":" + g.Account + ":log-group:" + g.Name
}

// ParseLogGroupARN reads arn:aws:logs:REGION:ACCOUNT:log-group:NAME, with or without ":*" at its end.
func ParseLogGroupARN(arn string) (LogGroupID, bool) {
	parts := strings.Split(strings.TrimSuffix(arn, ":*"), ":")
	if len(parts) != 7 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "logs" || parts[5] != "log-group" {
		return LogGroupID{}, false
	}
	g := LogGroupID{Region: parts[3], Account: parts[4], Name: parts[6]}
	return g, g.Valid()
}

// Valid reports whether the names are as AWS has them; such names are safe as parts of paths.
func (g LogGroupID) Valid() bool {
	const (
		lower  = "abcdefghijklmnopqrstuvwxyz"
		digits = "0123456789"
		others = "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/#"
	)
	return isOf(g.Region, lower+digits+"-") && isOf(g.Account, digits) && isOf(g.Name, lower+digits+others) && len(g.Name) <= MaxLogGroupName
}

func isOf(s, chars string) bool { return s != "" && strings.Trim(s, chars) == "" }
