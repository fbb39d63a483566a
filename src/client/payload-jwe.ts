/**
 * Compact JWE as the gateway takes and gives it (api.md section 4): `ECDH-ES+A256KW` or `RSA-OAEP-256`, `A256GCM`,
 * nothing else. A key is used with the one algorithm of its kind, whatever a token says.
 */
import type { JWK } from "jose";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";

const ENC = "A256GCM";
const ALG_OF_KTY: ReadonlyMap<unknown, string> = new Map([
  ["EC", "ECDH-ES+A256KW"],
  ["RSA", "RSA-OAEP-256"],
]);

const encoder = new TextEncoder();

/** A key of the gateway that requests can be encrypted to. */
export interface GatewayKey {
  readonly kid: string;
  readonly alg: string;
  /** Public members only. */
  readonly jwk: JWK;
}

/** A private key that opens answers. */
export interface OwnKey {
  readonly alg: string;
  readonly jwk: JWK;
}

/** Reads one key of the gateway's set; undefined for kinds and uses that are not ours. */
export function readGatewayKey(key: JWK): GatewayKey | undefined {
  const { kty, kid, n, e } = key;
  const alg = algOf(key);
  if (alg === undefined || typeof kid !== "string" || kid === "") return undefined;
  if (key.use !== undefined && key.use !== "enc") return undefined;
  return { kid, alg, jwk: kty === "RSA" ? pick({ kty, n, e }) : pick(pointOf(key)) };
}

/** Reads your own private key; undefined for what cannot open answers, a key for signatures included. */
export function readOwnKey(key: JWK): OwnKey | undefined {
  const { kty, d, n, e, p, q, dp, dq, qi } = key;
  const alg = algOf(key);
  if (alg === undefined || typeof d !== "string" || (key.use ?? "enc") !== "enc") return undefined;
  const jwk = kty === "RSA" ? { kty, n, e, d, p, q, dp, dq, qi } : { ...pointOf(key), d };
  return { alg, jwk: pick(jwk) };
}

/** Encrypts text to the gateway. */
export function encryptTo({ kid, alg, jwk }: GatewayKey, text: string): Promise<string> {
  return new CompactEncrypt(encoder.encode(text))
    .setProtectedHeader({ alg, enc: ENC, kid, cty: "application/json" })
    .encrypt(jwk);
}

/**
 * The text of an answer.
 *
 * @throws for whatever does not open; nothing tells why
 */
export async function decryptWith({ alg, jwk }: OwnKey, token: string): Promise<string> {
  const { plaintext } = await compactDecrypt(token, jwk, {
    keyManagementAlgorithms: [alg],
    contentEncryptionAlgorithms: [ENC],
    maxDecompressedLength: 0, // a small answer must not grow into a large one
  });
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext);
}

function algOf({ kty, crv, alg }: JWK): string | undefined {
  const own = ALG_OF_KTY.get(kty);
  if (kty === "EC" && crv !== "P-256") return undefined;
  return alg === undefined || alg === own ? own : undefined;
}

function pointOf({ kty, crv, x, y }: JWK) {
  return { kty, crv, x, y };
}

/** Members that are absent stay absent. */
function pick(members: Readonly<Record<string, string | undefined>>): JWK {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
