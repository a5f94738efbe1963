package lambda

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
)

// LinkPath is where the control plane's listener gives zips out; a zip's name follows, and the query that [Service.Open]
// is asked about.
const LinkPath = "/_dipylon/lambda/code/"

// linkLifetime is how long AWS's links last.
const linkLifetime = 10 * time.Minute

// ErrBadLink is a link that was never given or has expired.
var ErrBadLink = errors.New("the link is not valid, or not any more")

func newLinkKey(key *[32]byte) { _, _ = rand.Read(key[:]) } // which never fails

// link returns a URL that gives a zip out for some minutes to whoever has it, as AWS's links to S3 do. A directory has
// a URL of its own kind.
func (s *Service) link(call *wire.Call, code gateway.FunctionCode) string {
	if code.Dir != "" {
		return (&url.URL{Scheme: "file", Path: code.Dir}).String()
	}
	name := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(code.SHA256)
	expires := strconv.FormatInt(s.Now().Add(linkLifetime).Unix(), 10)
	return call.BaseURL + LinkPath + name + "?expires=" + expires + "&signature=" + s.linkSignature(name, expires)
}

func (s *Service) linkSignature(name, expires string) string {
	mac := hmac.New(sha256.New, s.linkKey[:])
	mac.Write([]byte(name + "\n" + expires))
	return hex.EncodeToString(mac.Sum(nil))
}

// OpenLink returns the zip that a link names, with its length.
func (s *Service) OpenLink(name, expires, signature string) (io.ReadCloser, int64, error) {
	if !hmac.Equal([]byte(signature), []byte(s.linkSignature(name, expires))) {
		return nil, 0, ErrBadLink
	}
	until, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || s.Now().Unix() > until {
		return nil, 0, ErrBadLink
	}
	digest, err := base64.RawURLEncoding.DecodeString(name)
	if err != nil {
		return nil, 0, ErrBadLink
	}
	return s.Code.Open(base64.StdEncoding.EncodeToString(digest))
}
