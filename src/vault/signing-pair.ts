/**
 * Ed25519 key pairs that the gateway signs records of its own with (JOS-7: one key, one use). The private half is
 * readable between its making and its sealing only; what is imported again cannot be exported and can only sign.
 */
import * as z from "zod";
import { assert, fromHex, once, sha256, toBase64Url, toHex, utf8 } from "#base";
import { type EnvelopeContext, open, seal } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";

const ED25519 = { name: "Ed25519" } as const;
/** 64 bytes in lower case: every signature has this one spelling. */
const SIGNATURE = /^[0-9a-f]{128}$/;

/** RFC 8037: a public key of Ed25519, named by its thumbprint (RFC 7638). */
export const verifyingJwkSchema = once(() =>
  z.object({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    kid: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    use: z.literal("sig"),
    alg: z.literal("EdDSA"),
  }),
);
export type VerifyingJwk = Readonly<z.infer<ReturnType<typeof verifyingJwkSchema>>>;

const privateJwkSchema = once(() =>
  z.object({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string(),
    d: z.string(),
  }),
);

/** Whom a pair belongs to, and what it signs. */
export type SigningUse = Pick<EnvelopeContext, "purpose"> & { readonly owner: string };

/** A new pair: the public half, and the private one sealed under its name (GCM-4). */
export async function makeSigningPair(
  keyring: Keyring,
  use: SigningUse,
): Promise<{ readonly publicJwk: VerifyingJwk; readonly sealedPrivate: string }> {
  const pair = await crypto.subtle.generateKey(ED25519, true, ["sign", "verify"]);
  assert("privateKey" in pair, "an asymmetric algorithm gives a pair");
  const { kty, crv, x, d } = privateJwkSchema().parse(
    await crypto.subtle.exportKey("jwk", pair.privateKey),
  );
  const kid = toBase64Url(await sha256(utf8(JSON.stringify({ crv, kty, x }))));
  const publicJwk = { kty, crv, x, kid, use: "sig", alg: "EdDSA" } as const;
  const text = JSON.stringify({ kty, crv, x, d });
  return { publicJwk, sealedPrivate: await seal(keyring, pairContext(use, kid), text) };
}

/** The private half, not extractable; `undefined` when its envelope does not open. */
export async function importSigningKey(
  keyring: Keyring,
  use: SigningUse,
  { kid, sealedPrivate }: { readonly kid: string; readonly sealedPrivate: string },
): Promise<CryptoKey | undefined> {
  const text = await open(keyring, pairContext(use, kid), sealedPrivate);
  if (text === undefined) return undefined;
  const jwk = privateJwkSchema().parse(JSON.parse(text));
  return crypto.subtle.importKey("jwk", jwk, ED25519, false, ["sign"]);
}

/** A public half, to verify with. Throws when it is no key. */
export function importVerifyingKey({ kty, crv, x }: VerifyingJwk): Promise<CryptoKey> {
  return crypto.subtle.importKey("jwk", { kty, crv, x }, ED25519, false, ["verify"]);
}

/** Signs a text (RFC 8032): the same key and text give the same signature, as lower-case hex. */
export async function signText(key: CryptoKey, text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.sign(ED25519, key, utf8(text))));
}

/** Whether a signature is the one of this text. */
export async function verifyText(
  key: CryptoKey,
  text: string,
  signature: string,
): Promise<boolean> {
  if (!SIGNATURE.test(signature)) return false;
  return crypto.subtle.verify(ED25519, key, fromHex(signature), utf8(text));
}

function pairContext({ purpose, owner }: SigningUse, kid: string): EnvelopeContext {
  return { purpose, identity: [owner, "signing-key", kid] };
}
