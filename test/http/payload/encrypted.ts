/** Steps of the tests of encrypted payloads: to the gateway's published keys, and back to a merchant's own. */
import { compactDecrypt, importJWK, type JWK } from "jose";
import * as z from "zod";
import type { TestApp } from "../../support/app.ts";
import { BASE, call, send, type TestAnswer, type TestCall } from "../../support/call.ts";
import { encrypt, type KeyPair, textOf } from "../../support/jwe.ts";
import { ALPHA_PRIVATE_JWK } from "../../support/secrets.ts";

export const JOSE = "application/jose";
export const JWKS = "/.well-known/jwks.json";
export const ALGS = ["ECDH-ES+A256KW", "RSA-OAEP-256"] as const;

const keySetSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), alg: z.enum(ALGS), use: z.string() })),
});

export async function publishedKeys(from: Pick<TestApp, "send"> = { send }) {
  const { json } = await from.send(new Request(`${BASE}${JWKS}`));
  return keySetSchema.parse(json).keys;
}

/** The text, encrypted to the newest published key of an algorithm. */
export async function encrypted(
  text: unknown,
  alg: KeyPair["alg"] = "ECDH-ES+A256KW",
  from: Pick<TestApp, "send"> = { send },
): Promise<string> {
  const key = (await publishedKeys(from)).find((one) => one.alg === alg);
  if (!key) throw new Error(`no key for ${alg}`);
  const { kid, ...publicJwk } = key;
  const pair = { alg, publicJwk, privateJwk: {} };
  return encrypt(pair, typeof text === "string" ? text : JSON.stringify(text), { kid });
}

/** The same call with its body encrypted; a body that is text already is taken for a token. */
export async function callEncrypted(
  request: TestCall,
  alg: KeyPair["alg"] = "ECDH-ES+A256KW",
): Promise<TestAnswer> {
  return call({ ...request, body: await encrypted(request.body, alg), contentType: JOSE });
}

/** What an encrypted answer says, opened with the merchant's private key. */
export async function openAnswer(
  answer: TestAnswer,
  privateJwk: JWK = ALPHA_PRIVATE_JWK,
): Promise<{ readonly header: object; readonly text: string }> {
  const alg = privateJwk.kty === "RSA" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
  const key = await importJWK(privateJwk, alg);
  const { plaintext, protectedHeader } = await compactDecrypt(answer.text, key);
  return { header: protectedHeader, text: textOf(plaintext) };
}
