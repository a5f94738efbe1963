// Package sigv4 verifies AWS Signature Version 4 on the server side: the Authorization header and presigned URLs. For our
// own calls of AWS services there is a [Signer].
//
// It stands first in the life of a control-plane call: wire hands it the request with its whole payload, and takes from
// the [Result] who called and, from the credential scope, which service and region were meant. The data plane can use
// the same [Verifier] for AWS_IAM through [Verifier.VerifyRequest], which knows nothing of net/http.
//
// What is signed and how follows the IAM User Guide, "Create a signed AWS API request" and "Troubleshoot Signature
// Version 4 signing", and the Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters" for presigned
// URLs. The order of the checks and the wording of refusals follow recordings of real services; the tests name them.
//
// Where signers disagree, every form that keeps the whole request signed is accepted: the path normalised (botocore, the
// documentation) or as sent (the Go SDK), and query parameters ordered after escaping (the documentation) or before it
// (the Go SDK). Services other than S3 get their path escaped once more on top of what travelled.
//
// It may import the standard library only.
package sigv4
