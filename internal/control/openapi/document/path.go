package document

import "strings"

// URLPath returns the path of an absolute or relative URL.
func URLPath(url string) string {
	url, _, _ = strings.Cut(url, "?")
	url, _, _ = strings.Cut(url, "#")
	if _, rest, ok := strings.Cut(url, "//"); ok {
		_, path, _ := strings.Cut(rest, "/")
		return path
	}
	return url
}

// CleanPath returns "/a/b" for "a/b/", and nothing for "/".
func CleanPath(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return "/" + path
}
