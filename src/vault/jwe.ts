/**
 * Encrypted payloads (api.md 4, RFC 7516): compact JWE under `ECDH-ES+A256KW` or `RSA-OAEP-256` with `A256GCM`.
 * Opening gives the whole text or one refusal for every cause (JOS-6); what the form allows is decided before any
 * cryptography, and the key comes from our store alone (JOS-4).
 */
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import { ok, refused, type Result } from "#base";
import { readJweForm } from "./jwe-form.ts";
import { algOf, type PayloadAlg, type PublicJwk, thumbprint } from "./public-jwk.ts";

const ENC = "A256GCM";
/** What a token of 64 KiB holds beside header, key and tag (JOS-9): nothing inflates on the way. */
const INNER_BYTES_MAX = 48_000;
/** As long as an envelope's text (GCM-3). */
const SEALED_BYTES_MAX = 1_048_576;

/** Our private key of a `kid`; a token may name none. `undefined`: we have no such key. */
export type PrivateKeyOf = (
  kid: string | undefined,
  alg: PayloadAlg,
) => Promise<CryptoKey | undefined>;

/**
 * Opens a token that was encrypted to one of our keys. A failure of `keyOf` itself is no fault of the token and is
 * thrown on.
 */
export async function openJwe(
  token: string,
  keyOf: PrivateKeyOf,
): Promise<Result<Uint8Array, "jwe_invalid">> {
  const header = readJweForm(token);
  if (!header) return refused("jwe_invalid");
  const key = await keyOf(header.kid, header.alg);
  if (!key) return refused("jwe_invalid");
  const text = await decrypt(token, key, header.alg);
  if (!text || text.length > INNER_BYTES_MAX) return refused("jwe_invalid");
  return ok(text);
}

/** The library puts a random key in the place of one that does not unwrap: key and tag fail alike, and as late. */
async function decrypt(
  token: string,
  key: CryptoKey,
  alg: PayloadAlg,
): Promise<Uint8Array | undefined> {
  try {
    const { plaintext } = await compactDecrypt(token, key, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [ENC],
      maxDecompressedLength: 0,
    });
    return plaintext;
  } catch {
    return undefined; // A wrong tag, a foreign or damaged wrapped key, a key of another kind: "does not open".
  }
}

/** Encrypts to a merchant's registered key. The header names that key: its own `kid`, or its thumbprint. */
export async function sealJwe(bytes: Uint8Array, recipient: PublicJwk): Promise<string> {
  if (bytes.length > SEALED_BYTES_MAX) throw new Error("jwe: the text is too long");
  const kid = recipient.kid ?? (await thumbprint(recipient));
  return new CompactEncrypt(bytes)
    .setProtectedHeader({ alg: algOf(recipient), enc: ENC, kid, cty: "application/json" })
    .encrypt(await importPublic(recipient));
}

function importPublic(jwk: PublicJwk): Promise<CryptoKey> {
  if (jwk.kty === "EC") {
    const { kty, crv, x, y } = jwk;
    const algorithm = { name: "ECDH", namedCurve: "P-256" };
    return crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, false, []);
  }
  const { kty, n, e } = jwk;
  const algorithm = { name: "RSA-OAEP", hash: "SHA-256" };
  return crypto.subtle.importKey("jwk", { kty, n, e }, algorithm, false, ["encrypt"]);
}
