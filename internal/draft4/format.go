package draft4

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// format adds the keyword format, which comes last. Formats that the library does not know mean nothing.
func (c *compiler) format(name string) {
	say := func(valid func(string) bool, message string) {
		c.add(1<<text, func(_ *validator, n *node, r *report) bool { return valid(n.text) || r.say(message, clip(n.text)) })
	}
	switch name {
	case "date-time":
		say(isDateTime, "string \"%s\" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]")
	case "email":
		say(isEmail, "string \"%s\" is not a valid email address")
	case "hostname":
		say(isHostname, "string \"%s\" is not a valid hostname")
	case "ipv4":
		say(isIPv4, "string \"%s\" is not a valid IPv4 address")
	case "ipv6":
		say(isIPv6, "string \"%s\" is not a valid IPv6 address")
	case "json-pointer":
		say(isPointer, "input string \"%s\" is not a valid JSON Pointer")
	case "mac":
		say(isMAC, "input string \"%s\" is not a valid MAC address")
	case "regex":
		say(func(s string) bool { _, err := compilePattern(s); return err == nil }, "string \"%s\" is not a valid ECMA 262 regular expression")
	case "uri":
		say(isURI, "string \"%s\" is not a valid URI")
	case "uuid":
		say(isUUID, "input string \"%s\" is not a valid UUID")
	case "base64":
		c.add(1<<text, base64)
	case "md5":
		c.hex(32)
	case "sha1":
		c.hex(40)
	case "sha256":
		c.hex(64)
	case "sha512":
		c.hex(128)
	}
}

// length is String.length.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16Len(r))
	}
	return n
}

func utf16Len(r rune) int {
	const basic = 0xFFFF
	if r > basic {
		return 2
	}
	return 1
}

// firstNot returns the place of the first character that is not in a set, as String.indexOf counts, and the character.
func firstNot(s string, in func(rune) bool) (at int, char string) {
	for i, r := range s {
		if !in(r) {
			return length(s[:i]), string(r)
		}
	}
	return -1, ""
}

func (c *compiler) hex(size int) {
	isDigit := func(r rune) bool { return isHex(string(r)) }
	c.add(1<<text, func(_ *validator, n *node, r *report) bool {
		if got := length(n.text); got != size {
			return r.say("input string has incorrect length (%d, expected %d)", got, size)
		}
		at, char := firstNot(n.text, isDigit)
		return at < 0 || r.say("illegal character \"%s\" in input at index %d", char, at)
	})
}

func base64(_ *validator, n *node, r *report) bool {
	const group = 4
	if got := length(n.text); got%group != 0 {
		return r.say("input has illegal length (must be a multiple of 4, found %d)", got)
	}
	digits := strings.TrimSuffix(strings.TrimSuffix(n.text, "="), "=")
	at, char := firstNot(digits, func(r rune) bool { return isAlnum(r) || r == '+' || r == '/' })
	return at < 0 || r.say("illegal character \"%s\" at index %d (not in Base64 alphabet)", char, at)
}

func isAlnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isMAC(s string) bool {
	const size = len("00:00:00:00:00:00")
	if len(s) != size {
		return false
	}
	for i := range size {
		if colon := i%3 == 2; colon && s[i] != ':' || !colon && !isAlnum(rune(s[i])) {
			return false
		}
	}
	return true
}

func isPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	return !strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(s), "~")
}

// isUUID is UUID.fromString: five hexadecimal numbers, however short.
func isUUID(s string) bool {
	const longest = 36
	if len(s) > longest || strings.Count(s, "-") != 4 {
		return false
	}
	for part := range strings.SplitSeq(s, "-") {
		if _, err := strconv.ParseUint(part, 16, 63); err != nil {
			return false
		}
	}
	return true
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && (a.Is4() || a.Is4In6())
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && a.Is6() && !a.Is4In6()
}

// isHostname is InternetDomainName.from of Guava.
func isHostname(s string) bool {
	const longest, parts, longestPart = 253, 127, 63
	if len(s) > longest*utf8.UTFMax {
		return false
	}
	s = strings.NewReplacer("\u3002", ".", "\uFF0E", ".", "\uFF61", ".").Replace(s)
	s = strings.TrimSuffix(s, ".")
	labels := strings.Split(s, ".")
	if length(s) > longest || len(labels) > parts {
		return false
	}
	for i, label := range labels {
		if label == "" || length(label) > longestPart || strings.ContainsAny(label[:1]+label[len(label)-1:], "-_") {
			return false
		}
		for _, r := range label {
			if r < utf8.RuneSelf && !isAlnum(r) && r != '-' && r != '_' {
				return false
			}
		}
		if i == len(labels)-1 && label[0] >= '0' && label[0] <= '9' {
			return false
		}
	}
	return true
}
