package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
)

// Lengths of the ids that AWS hands out for HTTP APIs (recorded: aws-behaviour-http-api.md, fact 48).
const (
	APIIDLength         = 10
	RouteIDLength       = 7
	IntegrationIDLength = 7
	DeploymentIDLength  = 6
)

// NewID returns n random lower-case letters and digits.
func NewID(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	const fair = 256 - 256%len(alphabet)
	id := make([]byte, 0, n)
	var draw [32]byte
	for len(id) < n {
		_, _ = rand.Read(draw[:])
		for _, b := range draw {
			if int(b) < fair && len(id) < n {
				id = append(id, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(id)
}

// CustomIDTag is the tag that fixes an API's id, as users of emulators know it.
const CustomIDTag = "_custom_id_"

// CheckCustomID says whether id can name an API: it becomes a DNS label and a path segment.
func CheckCustomID(id string) error {
	if id == "" || len(id) > 63 {
		return errors.New("a custom API id has 1 to 63 characters")
	}
	for i := range len(id) {
		c := id[i]
		alnum := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !alnum && (c != '-' || i == 0 || i == len(id)-1) {
			return errors.New("a custom API id consists of lower-case letters, digits and inner hyphens")
		}
	}
	return nil
}

// ARNs of API Gateway's own resources have no account
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html).

// APIARN returns the ARN of an HTTP or WebSocket API.
func APIARN(region, apiID string) string {
	return "arn:aws:apigateway:" + region + "::/apis/" + apiID
}

// StageARN returns the ARN of an API's stage.
func StageARN(region, apiID, stage string) string {
	return APIARN(region, apiID) + "/stages/" + stage
}

// NewUUID returns a random UUID of version 4, which is what revision ids and the request ids of functions are.
func NewUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // which never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	text := make([]byte, 0, len("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"))
	for i, group := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, group)
	}
	return string(text)
}
