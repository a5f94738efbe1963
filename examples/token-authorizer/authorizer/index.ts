// A token authorizer: it verifies a JWT that was signed with a shared secret (HS256), allows or denies the whole API, and
// hands what the token says to the back end. It answers HTTP APIs (payload 1.0) and REST APIs (type TOKEN) alike.
//
// It verifies with node:crypto, so that nothing is to be installed. With keys of an issuer, take a JWT authorizer instead:
// that needs no function.
import { createHmac, timingSafeEqual } from "node:crypto";

interface Call {
  methodArn: string;
  /** Of REST APIs. */
  authorizationToken?: string;
  /** Of HTTP APIs, payload 1.0. */
  identitySource?: string;
}

interface Claims {
  sub?: string;
  email?: string;
  roles?: string[];
  exp?: number;
  nbf?: number;
}

interface Policy {
  principalId: string;
  policyDocument: {
    Version: "2012-10-17";
    Statement: { Action: "execute-api:Invoke"; Effect: "Allow" | "Deny"; Resource: string }[];
  };
  context?: Record<string, string>;
}

export const handler = async (call: Call): Promise<Policy> => {
  try {
    const header = call.authorizationToken ?? call.identitySource ?? "";
    const claims = verify(header.replace(/^Bearer /i, ""), process.env.JWT_SECRET ?? "");
    return policy(claims.sub!, "Allow", call.methodArn, {
      userId: claims.sub!,
      email: claims.email ?? "",
      roles: claims.roles?.join(",") ?? "",
    });
  } catch (error) {
    console.error("Authorization failed:", (error as Error).message);
    return policy("anonymous", "Deny", call.methodArn);
  }
};

/** verify returns what a token says, or throws why it is not to be believed. */
const verify = (token: string, secret: string): Claims => {
  if (secret === "") throw new Error("JWT_SECRET is not set");
  const [head, body, signature, ...more] = token.split(".");
  if (!head || !body || !signature || more.length > 0) throw new Error("no JWT");
  if (JSON.parse(decode(head)).alg !== "HS256") throw new Error("not signed by HS256");
  const want = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const got = Buffer.from(signature, "base64url");
  if (got.length !== want.length || !timingSafeEqual(got, want)) throw new Error("wrong signature");
  const claims: Claims = JSON.parse(decode(body));
  const now = Date.now() / 1000;
  if (typeof claims.exp !== "number" || claims.exp <= now) throw new Error("expired");
  if (claims.nbf !== undefined && claims.nbf > now) throw new Error("not valid yet");
  if (!claims.sub) throw new Error("no subject");
  return claims;
};

const decode = (part: string): string => Buffer.from(part, "base64url").toString();

/** policy speaks of all routes of the stage, since the answer is kept and used for the next calls with the token. */
const policy = (principalId: string, effect: "Allow" | "Deny", arn: string, context?: Record<string, string>): Policy => ({
  principalId,
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: arn.split("/").slice(0, 2).join("/") + "/*" }],
  },
  context,
});
