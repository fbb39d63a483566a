/**
 * Public keys to encrypt to, as JWK (RFC 7517): the two kinds that the contract allows, sound ones only (JOS-2,
 * JOS-5, JOS-7). A key that fails is refused when it is configured, not when the first answer is sealed.
 */
import * as z from "zod";
import { once, sha256, toBase64Url, utf8 } from "#base";
import { isOnP256 } from "./p256.ts";
import { isStrongExponent, isStrongModulus } from "./rsa-strength.ts";

/** How the key of a message is wrapped (JOS-2): one algorithm per kind of key. */
export const PAYLOAD_ALGS = ["ECDH-ES+A256KW", "RSA-OAEP-256"] as const;
export type PayloadAlg = (typeof PAYLOAD_ALGS)[number];

/** Members that only a private or secret key has (RFC 7518 6): a merchant who sends one has given away its key. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as const;

const KID_CHARS_MAX = 256;

function commonMembers(alg: PayloadAlg) {
  return {
    kid: z.string().min(1).max(KID_CHARS_MAX).optional(),
    /** A key that signs never decrypts (JOS-7). */
    use: z.literal("enc").optional(),
    alg: z.literal(alg).optional(),
  };
}

const ecJwkSchema = once(() =>
  z
    .object({
      kty: z.literal("EC"),
      crv: z.literal("P-256"),
      x: z.string(),
      y: z.string(),
      ...commonMembers("ECDH-ES+A256KW"),
    })
    .refine(({ x, y }) => isOnP256(x, y), { path: ["x"] }),
);

const rsaJwkSchema = once(() =>
  z.object({
    kty: z.literal("RSA"),
    n: z.string().refine(isStrongModulus),
    e: z.string().refine(isStrongExponent),
    ...commonMembers("RSA-OAEP-256"),
  }),
);

/** A public key of a kind that we encrypt to. Unknown members are dropped, private ones are an error. */
export const publicJwkSchema = once(() =>
  z
    .looseObject({})
    .superRefine((jwk, ctx) => {
      for (const name of PRIVATE_MEMBERS) {
        if (Object.hasOwn(jwk, name)) ctx.addIssue({ code: "custom", path: [name] });
      }
    })
    .pipe(z.discriminatedUnion("kty", [ecJwkSchema(), rsaJwkSchema()])),
);
export type PublicJwk = Readonly<z.infer<ReturnType<typeof publicJwkSchema>>>;

/** The one algorithm that a key is used with. */
export function algOf(jwk: PublicJwk): PayloadAlg {
  return jwk.kty === "EC" ? "ECDH-ES+A256KW" : "RSA-OAEP-256";
}

/** RFC 7638: SHA-256 over the members that make the key, in their one order. */
export async function thumbprint(jwk: PublicJwk): Promise<string> {
  const members =
    jwk.kty === "EC"
      ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
      : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return toBase64Url(await sha256(utf8(JSON.stringify(members))));
}
