// Package jwt verifies the JSON Web Tokens of HTTP APIs' JWT authorizers and of REST APIs' Cognito user pools. [Issuers] owns what is known of OpenID
// issuers: their key sets, read by way of the discovery document, and the tokens verified with them. There is one per
// server; it outlives programs. An [Authorizer] is what compile puts into a program: issuers and a list of audiences, or any
// audience, without state of its own. The authorization step calls [Authorizer.Verify] and renders its [Error].
//
// What is checked, in this order: form and algorithm (RS256, RS384, RS512, ES256, ES384; never none or HMAC), iss, the
// signature by the key that kid names, aud or client_id, exp, nbf, iat. No clock skew is allowed for. Whatever cannot be
// checked is refused: AWS leaves open what it does without exp or with an empty list of audiences, here both are
// refused. AWS takes RSA only.
//
// Key sets live two hours, as on AWS. Their renewal begins in the background when three quarters are over, with the first
// call that comes then, so that nobody asks for the keys of an issuer that is not used. A token whose key is unknown has
// them renewed at once, but not more often than every ten seconds. While an issuer cannot be reached its last good set
// serves for a day, and then nothing does. A key that a renewed set lacks takes the tokens that it signed with it; the
// others stay verified.
//
// It may import the standard library only, and is a place for net/http's client.
package jwt
