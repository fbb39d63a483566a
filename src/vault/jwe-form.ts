/**
 * The form of a compact JWE (RFC 7516 7.1), checked whole before any key is looked up and any cryptography done
 * (JOS-1 to JOS-5, RFC 8725 3.1 and 3.9). The library decodes blanks and padding and inflates; it never sees such
 * tokens.
 */
import * as z from "zod";
import { jsonFault, once } from "#base";
import { base64UrlBytes } from "./base64url-strict.ts";
import { isOnP256 } from "./p256.ts";
import { PAYLOAD_ALGS } from "./public-jwk.ts";

/** As long as a body may be (api.md 2: `body_too_large`). */
const TOKEN_CHARS_MAX = 65_536;
const PARTS = 5;
const HEADER_BYTES_MAX = 3_072;
const HEADER_DEPTH_MAX = 8;
const KID_CHARS_MAX = 256;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const partySchema = () => z.string().refine((text) => base64UrlBytes(text) !== undefined);

/**
 * The members we act on. `zip` and `crit` must not be there at all (JOS-3). Others are ignored, `jwk`, `jku`,
 * `x5u` and `x5c` among them: no key comes from a token (JOS-4).
 */
const headerSchema = once(() =>
  z
    .object({
      alg: z.enum(PAYLOAD_ALGS),
      enc: z.literal("A256GCM"),
      kid: z.string().min(1).max(KID_CHARS_MAX).optional(),
      epk: z.looseObject({}).optional(),
      apu: partySchema().optional(),
      apv: partySchema().optional(),
      zip: z.never().optional(),
      crit: z.never().optional(),
    })
    .refine(({ alg, epk }) => alg !== "ECDH-ES+A256KW" || epkSchema().safeParse(epk).success),
);

/** The sender's one-time key: public, and a point of our keys' curve (JOS-5). */
const epkSchema = once(() =>
  z
    .object({
      kty: z.literal("EC"),
      crv: z.literal("P-256"),
      x: z.string(),
      y: z.string(),
      d: z.never().optional(),
    })
    .refine(({ x, y }) => isOnP256(x, y)),
);

type JweHeader = z.infer<ReturnType<typeof headerSchema>>;

/** The header of a token whose form is allowed in every part; `undefined` for all others alike (JOS-6). */
export function readJweForm(token: string): JweHeader | undefined {
  if (token.length > TOKEN_CHARS_MAX) return undefined;
  const parts = token.split(".", PARTS + 1);
  if (parts.length !== PARTS) return undefined;
  const [header, wrappedKey, iv, text, tag] = parts.map(base64UrlBytes);
  if (!header || !wrappedKey?.length || !text) return undefined;
  if (iv?.length !== IV_BYTES || tag?.length !== TAG_BYTES) return undefined;
  const parsed = headerSchema().safeParse(headerJson(header));
  return parsed.success ? parsed.data : undefined;
}

function headerJson(bytes: Uint8Array): unknown {
  if (bytes.length > HEADER_BYTES_MAX) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return jsonFault(text, HEADER_DEPTH_MAX) ? undefined : value;
  } catch {
    return undefined; // No UTF-8 or no JSON: the schema refuses it.
  }
}
