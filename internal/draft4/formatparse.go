package draft4

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// isDateTime is the library's format: seconds with up to twelve digits behind the point, and Z or an offset.
func isDateTime(s string) bool {
	const plain, t = "2006-01-02T15:04:05", len("2006-01-02")
	if len(s) <= len(plain) || s[t] != 'T' && s[t] != 't' {
		return false
	}
	if _, err := time.Parse(plain, s[:t]+"T"+s[t+1:len(plain)]); err != nil {
		return false
	}
	rest := s[len(plain):]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		const most = 12
		n := digits(fraction, 0)
		if n == 0 || n > most {
			return false
		}
		rest = fraction[n:]
	}
	return rest == "Z" || rest == "z" || isOffset(rest)
}

// isOffset reads ±HH, ±HHMM or ±HHMMSS, with colons or without.
func isOffset(s string) bool {
	const two, longest = 2, 3
	if s == "" || s[0] != '+' && s[0] != '-' {
		return false
	}
	colons := len(s) > 1+two && s[1+two] == ':'
	most := "23"
	for i, s := 0, s[1:]; i < longest; i++ {
		if len(s) < two || digits(s[:two], 0) < two || s[:two] > most {
			return false
		}
		if s = s[two:]; s == "" {
			return true
		}
		if colons {
			if s[0] != ':' {
				return false
			}
			s = s[1:]
		}
		most = "59"
	}
	return false
}

// isURI is new URI(s) of Java: RFC 2396, and what is beyond ASCII.
func isURI(s string) bool {
	s, fragment, hasFragment := strings.Cut(s, "#")
	if !isURIText(fragment, true) {
		return false
	}
	if scheme, rest, ok := strings.Cut(s, ":"); ok && !strings.ContainsAny(scheme, "/?") {
		if !isScheme(scheme) || rest == "" {
			return false
		}
		if rest[0] != '/' {
			return isURIText(rest, true)
		}
		s = rest
	}
	rest, slashes := strings.CutPrefix(s, "//")
	if slashes {
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 && rest == "" && !hasFragment || !isAuthority(rest[:end]) {
			return false
		}
		s = rest[end:]
	}
	path, query, _ := strings.Cut(s, "?")
	return isURIText(path, false) && isURIText(query, true)
}

func isScheme(s string) bool {
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || !isAlnum(rune(s[i])) && !strings.ContainsRune("+-.", rune(s[i]))) {
			return false
		}
	}
	return s != ""
}

func isAuthority(s string) bool {
	if open := strings.IndexByte(s, '['); open >= 0 {
		host, behind, ok := strings.Cut(s[open+1:], "]")
		if !ok || !strings.Contains(host, ":") || !isIPv6(host) && !isIPv4(host) || !isURIText(s[:open], false) {
			return false
		}
		return behind == "" || behind[0] == ':' && digits(behind, 1) == len(behind)
	}
	return isURIText(s, false)
}

// isURIText reports whether a text has only what URIs may have; brackets only in queries and fragments.
func isURIText(s string, brackets bool) bool {
	for i, r := range s {
		switch {
		case r == '#':
			return false
		case r == '%':
			if len(s) < i+3 || !isHex(s[i+1:i+3]) {
				return false
			}
		case r == '[' || r == ']':
			if !brackets {
				return false
			}
		case r >= utf8.RuneSelf:
			if unicode.IsControl(r) || unicode.In(r, unicode.Z) {
				return false
			}
		case r <= ' ' || strings.ContainsRune("\"<>\\^`{|}\x7f", r):
			return false
		}
	}
	return true
}

// isEmail is new InternetAddress(s, true) of Java, without its comments and groups.
func isEmail(s string) bool {
	s = strings.TrimSpace(s)
	if open := strings.LastIndexByte(s, '<'); open >= 0 && strings.HasSuffix(s, ">") {
		s = s[open+1 : len(s)-1]
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	return isLocalPart(local) && isMailDomain(domain)
}

func isLocalPart(s string) bool {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		inner := strings.NewReplacer(`\\`, "", `\"`, "").Replace(s[1 : len(s)-1])
		return !strings.ContainsAny(inner, "\"\r\n")
	}
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("()<>,;:\"[]@", r)
	}) < 0
}

func isMailDomain(s string) bool {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return !strings.ContainsAny(s[1:len(s)-1], "[]\\ ")
	}
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}
