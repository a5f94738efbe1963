package sigv4

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	basicFormat = "20060102T150405Z"
	dayFormat   = "20060102"

	maxExpires = 7 * 24 * time.Hour
)

// signedAt reads the claimed signing time.
func (c *claim) signedAt() (time.Time, error) {
	// time.Parse takes fractional seconds that the layout does not have, hence the length.
	if t, err := time.Parse(basicFormat, c.date); err == nil && len(c.date) == len(basicFormat) {
		return t, nil
	}
	if c.httpDate {
		// RFC 1123 with a numeric zone is what botocore sends.
		for _, layout := range []string{http.TimeFormat, time.RFC1123Z} {
			if t, err := time.Parse(layout, c.date); err == nil {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, refusef(Incomplete,
		"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", c.date)
}

// checkWindow refuses a signature made too long before now or after it. A presigned request lives for its X-Amz-Expires,
// every other for the permitted skew.
func (c *claim) checkWindow(signedAt, now time.Time, skew time.Duration) error {
	life := skew
	if c.expires != "" {
		seconds, err := strconv.ParseInt(c.expires, 10, 32)
		life = time.Duration(seconds) * time.Second
		switch {
		case err != nil:
			return refuse(Incomplete, "X-Amz-Expires should be a number")
		case seconds < 1:
			return refuse(Incomplete, "X-Amz-Expires must be at least 1 second")
		case life > maxExpires:
			return refuse(Incomplete,
				"X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
		}
	}
	now = now.UTC()
	if oldest := now.Add(-life); signedAt.Before(oldest) {
		return refusef(InvalidSignature, "Signature expired: %s is now earlier than %s (%s - %s.)",
			signedAt.Format(basicFormat), oldest.Format(basicFormat), now.Format(basicFormat), span(life))
	}
	if newest := now.Add(skew); signedAt.After(newest) {
		return refusef(InvalidSignature, "Signature not yet current: %s is still later than %s (%s + %s.)",
			signedAt.Format(basicFormat), newest.Format(basicFormat), now.Format(basicFormat), span(skew))
	}
	return nil
}

func span(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d sec", d/time.Second)
}
