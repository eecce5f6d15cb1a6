import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";

const keyId = randomUUID();
let privateKey: ReturnType<typeof generateKeyPairSync>["privateKey"] | undefined;

/** A JSON Web Token signed with RS256, as OpenAI's are. `lifetime` in seconds. */
export function signJwt(claims: Record<string, unknown>, lifetime: number): string {
  privateKey ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const iat = Math.floor(Date.now() / 1000);
  const payload = { ...claims, jti: randomUUID(), iat, exp: iat + lifetime };
  const parts = [{ alg: "RS256", typ: "JWT", kid: keyId }, payload];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}
