package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	asymmetric = "AWS4-ECDSA-P256-SHA256" // Signature Version 4A
	terminator = "aws4_request"

	// maxAuthorization bounds the Authorization header in bytes; API Gateway's limit for all headers is 10,240.
	maxAuthorization = 8 << 10
	maxSignedHeaders = 100
)

// claim is what a request says of its own signature, read but not believed.
type claim struct {
	presigned     bool
	algorithm     string
	credential    string
	signedHeaders []string // lower case, sorted
	signature     string
	token         string
	// regions is X-Amz-Region-Set, which signatures of version 4A have.
	regions string
	// date is the date as sent; httpDate tells that it came from the Date header, which may have the HTTP format.
	date     string
	httpDate bool
	// expires is X-Amz-Expires, or "" when absent.
	expires string
}

// readClaim finds the signature in the header or the query. needDate makes a missing date a refusal.
func readClaim(r *Request, q query, needDate bool) (claim, error) {
	authorization := r.first("Authorization")
	_, inQuery := q.get("X-Amz-Algorithm")
	switch {
	case authorization != "" && inQuery:
		return claim{}, refuse(InvalidSignature,
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case authorization != "":
		return headerClaim(r, authorization, needDate)
	case inQuery:
		return queryClaim(q, needDate)
	}
	return claim{}, refuse(MissingToken, "Missing Authentication Token")
}

func headerClaim(r *Request, authorization string, needDate bool) (claim, error) {
	if len(authorization) > maxAuthorization {
		return claim{}, refusef(Incomplete, "Authorization header is longer than %d bytes.", maxAuthorization)
	}
	params, c, err := splitAuthorization(authorization)
	if err != nil {
		return claim{}, err
	}
	c.token, c.regions = r.first("X-Amz-Security-Token"), r.first("X-Amz-Region-Set")
	c.date = r.first("X-Amz-Date")
	if c.date == "" {
		c.date, c.httpDate = r.first("Date"), true
	}
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if _, ok := params[name]; !ok {
			missing.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if c.date == "" && needDate {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return claim{}, refusef(Incomplete, "%s(Hashed with SHA-256 and encoded with Base64) Authorization=%s",
			missing.String(), fingerprint(authorization))
	}
	c.credential, c.signature = params["Credential"], params["Signature"]
	c.signedHeaders, err = splitSignedHeaders(params["SignedHeaders"])
	return c, err
}

// splitAuthorization reads "ALGORITHM Key=Value, Key=Value". AWS takes commas and spaces alike as separators, so that a
// space inside of an access key id is a missing equal-sign.
func splitAuthorization(authorization string) (map[string]string, claim, error) {
	name, rest, _ := strings.Cut(authorization, " ")
	params := make(map[string]string, 3)
	for part := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, claim{}, refusef(Incomplete,
				"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '%s'.",
				fingerprint(authorization))
		}
		params[key] = value
	}
	return params, claim{algorithm: name}, nil
}

func queryClaim(q query, needDate bool) (claim, error) {
	var missing strings.Builder
	param := func(name string, required bool) string {
		v, _ := q.get(name)
		if v == "" && required {
			missing.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
		return v
	}
	c := claim{
		presigned:  true,
		algorithm:  param("X-Amz-Algorithm", true),
		credential: param("X-Amz-Credential", true),
		signature:  param("X-Amz-Signature", true),
	}
	signed := param("X-Amz-SignedHeaders", true)
	c.date = param("X-Amz-Date", needDate)
	c.expires = param("X-Amz-Expires", false)
	c.token, c.regions = param("X-Amz-Security-Token", false), param("X-Amz-Region-Set", false)
	if missing.Len() > 0 {
		return claim{}, refusef(Incomplete, "%sRe-examine the query-string parameters.", missing.String())
	}
	var err error
	c.signedHeaders, err = splitSignedHeaders(signed)
	return c, err
}

func splitSignedHeaders(s string) ([]string, error) {
	if strings.Count(s, ";") >= maxSignedHeaders {
		return nil, refusef(Incomplete, "SignedHeaders names more than %d headers.", maxSignedHeaders)
	}
	names := strings.Split(strings.ToLower(s), ";")
	slices.Sort(names)
	return names, nil
}

// fingerprint names an Authorization header without repeating it.
func fingerprint(authorization string) string {
	sum := sha256.Sum256([]byte(authorization))
	return base64.StdEncoding.EncodeToString(sum[:])
}
