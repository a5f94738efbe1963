// Prints a token for ten minutes: node token.mjs SECRET [SUBJECT [ROLE...]]
import { createHmac } from "node:crypto";

const [secret, sub = "ann", ...roles] = process.argv.slice(2);
if (!secret) {
  console.error("usage: node token.mjs SECRET [SUBJECT [ROLE...]]");
  process.exit(2);
}
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const exp = Math.floor(Date.now() / 1000) + 600;
const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub, email: `${sub}@example.com`, roles, exp })}`;
console.log(`${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`);
