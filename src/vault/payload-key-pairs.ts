/**
 * Makes, seals and imports the gateway's payload keys. A private key is readable only between its making and its
 * sealing; what is imported again cannot be exported and can only decrypt (JOS-7, PCI-3.6.1, PCI-3.7.1).
 */
import * as z from "zod";
import { assert, once } from "#base";
import { type EnvelopeContext, open, rewrap, seal } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import {
  type PayloadGeneration,
  payloadGenerationsSchema,
  type PayloadKey,
} from "./payload-keys.ts";
import { PAYLOAD_ALGS, type PayloadAlg, publicJwkSchema, thumbprint } from "./public-jwk.ts";

const EC = { name: "ECDH", namedCurve: "P-256" } as const;
const RSA = { name: "RSA-OAEP", hash: "SHA-256" } as const;
const RSA_MODULUS_BITS = 2_048;
const RSA_EXPONENT_65537 = Uint8Array.of(1, 0, 1);

/** RFC 7518 6: the public members and the private ones, of either kind. */
const privateJwkSchema = once(() =>
  z.discriminatedUnion("kty", [
    z.object({
      kty: z.literal("EC"),
      crv: z.literal("P-256"),
      x: z.string(),
      y: z.string(),
      d: z.string(),
    }),
    z.object({
      kty: z.literal("RSA"),
      n: z.string(),
      e: z.string(),
      d: z.string(),
      p: z.string(),
      q: z.string(),
      dp: z.string(),
      dq: z.string(),
      qi: z.string(),
    }),
  ]),
);

/** A new generation: one pair per algorithm, each named by its thumbprint (RFC 7638) and sealed under that name. */
export async function makeGeneration(
  keyring: Keyring,
  { version, nowMs }: { readonly version: number; readonly nowMs: number },
): Promise<PayloadGeneration> {
  const keys = await Promise.all(PAYLOAD_ALGS.map((alg) => makeKey(keyring, alg)));
  return { version, madeAtMs: nowMs, keys };
}

async function makeKey(keyring: Keyring, alg: PayloadAlg): Promise<PayloadKey> {
  const { privateKey } = await generatePair(alg);
  const exported = await crypto.subtle.exportKey("jwk", privateKey);
  const jwk = privateJwkSchema().parse(exported);
  const bare = publicJwkSchema().parse(
    jwk.kty === "EC"
      ? { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }
      : { kty: jwk.kty, n: jwk.n, e: jwk.e },
  );
  const kid = await thumbprint(bare);
  const publicJwk = publicJwkSchema().parse({ ...bare, kid, use: "enc", alg });
  const sealed = await seal(keyring, keyContext(kid, alg), JSON.stringify(jwk));
  return { kid, alg, publicJwk, sealed };
}

async function generatePair(alg: PayloadAlg): Promise<CryptoKeyPair> {
  const pair =
    alg === "ECDH-ES+A256KW"
      ? await crypto.subtle.generateKey(EC, true, ["deriveBits"])
      : await crypto.subtle.generateKey(
          { ...RSA, modulusLength: RSA_MODULUS_BITS, publicExponent: RSA_EXPONENT_65537 },
          true,
          ["encrypt", "decrypt"],
        );
  assert("privateKey" in pair, "an asymmetric algorithm gives a pair");
  return pair;
}

/** The private half, not extractable and with one use; `undefined` when its envelope does not open. */
export async function importPayloadKey(
  keyring: Keyring,
  { kid, alg, sealed }: PayloadKey,
): Promise<CryptoKey | undefined> {
  const text = await open(keyring, keyContext(kid, alg), sealed);
  if (text === undefined) return undefined;
  const jwk = privateJwkSchema().parse(JSON.parse(text));
  return jwk.kty === "EC"
    ? crypto.subtle.importKey("jwk", jwk, EC, false, ["deriveBits"])
    : crypto.subtle.importKey("jwk", jwk, RSA, false, ["decrypt"]);
}

/** The envelope of a private half, wrapped by the current key; `undefined` when it does not open. */
export function rewrapPayloadKey(
  keyring: Keyring,
  { kid, alg, sealed }: PayloadKey,
): Promise<string | undefined> {
  return rewrap(keyring, keyContext(kid, alg), sealed);
}

/** The copy for other isolates. Sealed whole, so that nobody puts a public key of their own into it (PCI-3.7.7). */
export function sealGenerations(
  keyring: Keyring,
  generations: readonly PayloadGeneration[],
): Promise<string> {
  return seal(keyring, COPY, JSON.stringify(generations));
}

/** What `sealGenerations` made; `undefined` for everything else. */
export async function openGenerations(
  keyring: Keyring,
  sealed: string,
): Promise<PayloadGeneration[] | undefined> {
  const text = await open(keyring, COPY, sealed);
  if (text === undefined) return undefined;
  const parsed = payloadGenerationsSchema().safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

const COPY: EnvelopeContext = { purpose: "payload-keys", identity: ["gateway", "payload-keys"] };

/** An envelope opens under its own name alone (GCM-4). */
function keyContext(kid: string, alg: PayloadAlg): EnvelopeContext {
  return { purpose: "payload-keys", identity: ["gateway", "payload-key", kid, alg] };
}
