package sigv4

import (
	"net/http"
	"strings"
	"testing"
)

// TestMessages holds refusals against what AWS was recorded to say. Sources: "facts" is aws-behaviour-auth-websocket-logs.md;
// dynalite and kinesalite are mhart's emulators, whose index.js and test/connection.js quote DynamoDB and Kinesis.
func TestMessages(t *testing.T) {
	const (
		valid = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260314/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=00"
		all   = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
			"Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	)
	with := func(old, replacement string) string { return strings.Replace(valid, old, replacement, 1) }
	tests := []struct {
		name, authorization, date, query, want string
		kind                                   Kind
	}{
		{name: "nothing (facts, 15)", kind: MissingToken, want: "Missing Authentication Token"},
		{name: "bearer token (facts, 16; the hash is of the whole value)", authorization: "Bearer x", kind: Incomplete,
			want: "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."},
		{name: "one word (facts, 17; since then AWS hashes the value)", authorization: "a", kind: Incomplete,
			want: all + "(Hashed with SHA-256 and encoded with Base64) Authorization=ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="},
		{name: "no date (dynalite)", authorization: valid, kind: Incomplete,
			want: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=" + fingerprint(valid)},
		{name: "space in the key id", authorization: with("AKID", " AKID"), date: "20260314T150926Z", kind: Incomplete,
			want: "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" + fingerprint(with("AKID", " AKID")) + "'."},
		{name: "date's format (dynalite)", authorization: valid, date: "201", kind: Incomplete,
			want: "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{name: "date's fraction", authorization: valid, date: "20260314T150926.5Z", kind: Incomplete,
			want: "Date must be in ISO-8601 'basic format'. Got '20260314T150926.5Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{name: "host (aws/aws-sdk-php issue 2469)", authorization: with("=host", "=x-amz-date"), date: "20260314T150926Z", kind: InvalidSignature,
			want: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{name: "algorithm (dynalite)", authorization: with("SHA256", "SHA25"), date: "20260314T150926Z", kind: Incomplete,
			want: "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "},
		{name: "slash in the key id (mhart/aws4 issue 97)", authorization: with("AKID", "AK/ID"), date: "20260314T150926Z", kind: Incomplete,
			want: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AK/IDTEST/20260314/eu-west-1/execute-api/aws4_request'"},
		{name: "region and service (facts, 18)", authorization: with("eu-west-1/execute-api", "eu-west-2/lambda"), date: "20260314T150926Z", kind: InvalidSignature,
			want: "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'execute-api'. "},
		{name: "terminator and day (dynalite)", authorization: with("20260314/eu-west-1/execute-api/aws4_request", "20260313/eu-west-1/execute-api/e"), date: "20260314T150926Z", kind: InvalidSignature,
			want: "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260313' != '20260314', from '20260314T150926Z'. "},
		{name: "stale (facts, 20)", authorization: valid, date: "20260314T150000Z", kind: InvalidSignature,
			want: "Signature expired: 20260314T150000Z is now earlier than 20260314T150426Z (20260314T150926Z - 5 min.)"},
		{name: "unknown key (badslug/Paw-AWSSignature4DynamicValue issue 5, API Gateway)", authorization: with("AKIDTEST", "AKID"), date: "20260314T150926Z", kind: UnknownClient,
			want: "The security token included in the request is invalid."},
		{name: "wrong signature (facts, 19; mhart/aws4 issue 33)", authorization: with("=host", "=host;x-amz-date"), date: "20260314T150926Z", query: "b=1&a", kind: InvalidSignature,
			want: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. " +
				"Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/prod/%2540connections\na=&b=1\n" +
				"host:example.com\nx-amz-date:20260314T150926Z\n\nhost;x-amz-date\n" + emptySHA256 + "'\n\nThe String-to-Sign should have been\n" +
				"'AWS4-HMAC-SHA256\n20260314T150926Z\n20260314/eu-west-1/execute-api/aws4_request\n@'\n"},
		{name: "unsigned header (S3; here the date)", authorization: valid, date: "20260314T150926Z", kind: UnsignedHeaders,
			want: "There were headers present in the request which were not signed"},
		{name: "both forms (kinesalite)", authorization: "a", query: "X-Amz-Algorithm", kind: InvalidSignature,
			want: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."},
		{name: "empty presigned form (kinesalite)", query: "X-Amz-Algorithm", kind: Incomplete,
			want: "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. " +
				"AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. " +
				"AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
		{name: "bad escape (scratchstack-aws-signature)", query: "a=%zz", kind: MalformedQuery, want: "Illegal hex character in escape % pattern: %zz"},
		{name: "cut escape (scratchstack-aws-signature)", query: "a=%4", kind: MalformedQuery, want: "Incomplete trailing escape % sequence"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var headers [][2]string
			if test.authorization != "" {
				headers = append(headers, [2]string{"Authorization", test.authorization})
			}
			if test.date != "" {
				headers = append(headers, [2]string{"X-Amz-Date", test.date})
			}
			r := Request{Method: "POST", Path: "/prod/%40connections", RawQuery: test.query, Host: "example.com", Header: list(headers...),
				PayloadHash: emptySHA256, Service: "execute-api", Region: "eu-west-1"}
			_, err := newVerifier(t, Options{}).VerifyRequest(r)
			got := messageOf(err)
			if before, after, ok := strings.Cut(test.want, "@"); ok && strings.HasPrefix(got, before) && strings.HasSuffix(got, after) {
				got = test.want
			}
			if got != test.want || kindOf(t, err) != test.kind {
				t.Errorf("kind %d: %s\nwant %d: %s", kindOf(t, err), got, test.kind, test.want)
			}
		})
	}
}

// TestAnswers: codes and statuses by family, from the "Common Errors" pages of IAM and STS (query), kinesalite's
// test/connection.js and maxbanton/cwh issue 119 (json: 400), and API Gateway's own answers (facts, 15 to 20: 403).
func TestAnswers(t *testing.T) {
	tests := []struct {
		kind   Kind
		family Family
		want   Answer
	}{
		{MissingToken, Query, Answer{"MissingAuthenticationToken", "Request is missing Authentication Token", 403}},
		{MissingToken, JSON, Answer{"MissingAuthenticationTokenException", "Request is missing Authentication Token", 400}},
		{MissingToken, RESTJSON, Answer{"MissingAuthenticationTokenException", "Missing Authentication Token", 403}},
		{Incomplete, Query, Answer{"IncompleteSignature", "text", 400}},
		{Incomplete, RESTJSON, Answer{"IncompleteSignatureException", "text", 403}},
		{InvalidSignature, Query, Answer{"SignatureDoesNotMatch", "text", 403}},
		{InvalidSignature, JSON, Answer{"InvalidSignatureException", "text", 400}},
		{InvalidSignature, RESTJSON, Answer{"InvalidSignatureException", "text", 403}},
		{UnknownClient, Query, Answer{"InvalidClientTokenId", "text", 403}},
		{UnknownClient, JSON, Answer{"UnrecognizedClientException", "text", 400}},
		{UnknownClient, RESTJSON, Answer{"UnrecognizedClientException", "text", 403}},
		{ExpiredToken, Query, Answer{"ExpiredToken", "text", 403}},
		{ExpiredToken, RESTJSON, Answer{"ExpiredTokenException", "text", 403}},
		{UnsignedHeaders, RESTJSON, Answer{"AccessDeniedException", "text", 403}},
		{MalformedQuery, Query, Answer{"MalformedQueryString", "text", 404}},
		{UnsupportedPayload, RESTJSON, Answer{"NotImplemented", "text", http.StatusNotImplemented}},
	}
	for _, test := range tests {
		message := "text"
		if test.kind == MissingToken {
			message = "Missing Authentication Token"
		}
		if got := (&Error{test.kind, message}).Answer(test.family); got != test.want {
			t.Errorf("kind %d, family %d: %+v, want %+v", test.kind, test.family, got, test.want)
		}
	}
}
