/** Keys and broken tokens for the tests of encrypted payloads; the library makes the tokens, not our own sealing. */
import { type CompactJWEHeaderParameters, CompactEncrypt, importJWK, type JWK } from "jose";
import type { PrivateKeyOf } from "#vault";
import { base64, fromBase64 } from "./raw-sign.ts";

export const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text));
export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const toBase64Url = (bytes: Uint8Array) =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
export const fromBase64Url = (text: string) =>
  fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));

export interface KeyPair {
  readonly alg: "ECDH-ES+A256KW" | "RSA-OAEP-256";
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

const isJwk = (value: unknown): value is JWK => typeof value === "object" && value !== null;

export async function makePair(alg: KeyPair["alg"], bits = 2_048): Promise<KeyPair> {
  const pair: unknown =
    alg === "RSA-OAEP-256"
      ? await crypto.subtle.generateKey(
          {
            name: "RSA-OAEP",
            hash: "SHA-256",
            modulusLength: bits,
            publicExponent: Uint8Array.of(1, 0, 1),
          },
          true,
          ["encrypt", "decrypt"],
        )
      : await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
          "deriveBits",
        ]);
  if (typeof pair !== "object" || pair === null || !("privateKey" in pair)) throw new Error("pair");
  if (!(pair.privateKey instanceof CryptoKey)) throw new Error("pair");
  const exported: unknown = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (!isJwk(exported)) throw new Error("pair");
  const { key_ops: _, ext: __, alg: ___, ...privateJwk } = exported;
  const { kty = "", crv = "", x = "", y = "", n = "", e = "" } = privateJwk;
  const publicJwk = kty === "EC" ? { kty, crv, x, y } : { kty, n, e };
  return { alg, publicJwk, privateJwk };
}

/** A store of one key that notes who asked for what. */
export function keyStore(privateJwk: JWK) {
  const asked: (string | undefined)[] = [];
  const keyOf: PrivateKeyOf = async (kid, alg) => {
    asked.push(kid);
    const key = await importJWK({ ...privateJwk }, alg);
    return key instanceof CryptoKey ? key : undefined;
  };
  return { asked, keyOf };
}

export function encrypt(
  pair: KeyPair,
  text: string | Uint8Array,
  header: Partial<CompactJWEHeaderParameters> = {},
): Promise<string> {
  return new CompactEncrypt(typeof text === "string" ? utf8(text) : text)
    .setProtectedHeader({ alg: pair.alg, enc: "A256GCM", kid: "k1", ...header })
    .encrypt({ ...pair.publicJwk });
}

export const headerText = (token: string) => textOf(fromBase64Url(token.split(".")[0] ?? ""));

/** The token with another header in front: no tag fits it, so what is refused before the key is asked for is its form. */
export const withHeader = (token: string, text: string | Uint8Array) =>
  [toBase64Url(typeof text === "string" ? utf8(text) : text), ...token.split(".").slice(1)].join(
    ".",
  );

export const withPart = (token: string, index: number, change: (part: string) => string) =>
  token
    .split(".")
    .map((part, at) => (at === index ? change(part) : part))
    .join(".");
