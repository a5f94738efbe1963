"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.handler = void 0;
// A token authorizer: it verifies a JWT that was signed with a shared secret (HS256), allows or denies the whole API, and
// hands what the token says to the back end. It answers HTTP APIs (payload 1.0) and REST APIs (type TOKEN) alike.
//
// It verifies with node:crypto, so that nothing is to be installed. With keys of an issuer, take a JWT authorizer instead:
// that needs no function.
const node_crypto_1 = require("node:crypto");
const handler = async (call) => {
    try {
        const header = call.authorizationToken ?? call.identitySource ?? "";
        const claims = verify(header.replace(/^Bearer /i, ""), process.env.JWT_SECRET ?? "");
        return policy(claims.sub, "Allow", call.methodArn, {
            userId: claims.sub,
            email: claims.email ?? "",
            roles: claims.roles?.join(",") ?? "",
        });
    }
    catch (error) {
        console.error("Authorization failed:", error.message);
        return policy("anonymous", "Deny", call.methodArn);
    }
};
exports.handler = handler;
/** verify returns what a token says, or throws why it is not to be believed. */
const verify = (token, secret) => {
    if (secret === "")
        throw new Error("JWT_SECRET is not set");
    const [head, body, signature, ...more] = token.split(".");
    if (!head || !body || !signature || more.length > 0)
        throw new Error("no JWT");
    if (JSON.parse(decode(head)).alg !== "HS256")
        throw new Error("not signed by HS256");
    const want = (0, node_crypto_1.createHmac)("sha256", secret).update(`${head}.${body}`).digest();
    const got = Buffer.from(signature, "base64url");
    if (got.length !== want.length || !(0, node_crypto_1.timingSafeEqual)(got, want))
        throw new Error("wrong signature");
    const claims = JSON.parse(decode(body));
    const now = Date.now() / 1000;
    if (typeof claims.exp !== "number" || claims.exp <= now)
        throw new Error("expired");
    if (claims.nbf !== undefined && claims.nbf > now)
        throw new Error("not valid yet");
    if (!claims.sub)
        throw new Error("no subject");
    return claims;
};
const decode = (part) => Buffer.from(part, "base64url").toString();
/** policy speaks of all routes of the stage, since the answer is kept and used for the next calls with the token. */
const policy = (principalId, effect, arn, context) => ({
    principalId,
    policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: arn.split("/").slice(0, 2).join("/") + "/*" }],
    },
    context,
});
