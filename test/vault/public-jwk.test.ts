import { describe, expect, it } from "vitest";
import { parseDirectory, publicJwkSchema } from "#vault";
import keys from "../vectors/wycheproof-json-web-key.json" with { type: "json" };
import { fromBase64Url, makePair, toBase64Url } from "../support/jwe.ts";

const SECRET = "do-not-quote-me";
const ec = await makePair("ECDH-ES+A256KW");
const rsa = await makePair("RSA-OAEP-256");

const isTaken = (jwk: object) => publicJwkSchema().safeParse(jwk).success;
const failureOf = (merchant: object): string => {
  try {
    parseDirectory(JSON.stringify({ merchants: [{ id: "demo", apiKeys: [], ...merchant }] }));
    return "parsed";
  } catch (error) {
    return error instanceof Error ? error.message : "unknown";
  }
};

/** A number of so many bits, odd, as a JWK writes it. */
const modulus = (bits: number) => {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return toBase64Url(bytes);
};

describe("a merchant's public key", () => {
  it.each([
    ["P-256", ec.publicJwk],
    ["RSA of 2048 bits", rsa.publicJwk],
    ["RSA of 4096 bits", { ...rsa.publicJwk, n: modulus(4_096) }],
    ["P-256 with all that describes it", { ...ec.publicJwk, kid: "k", use: "enc", alg: ec.alg }],
    ["RSA with all that describes it", { ...rsa.publicJwk, kid: "k", use: "enc", alg: rsa.alg }],
    ["with members of other standards", { ...ec.publicJwk, x5t: "x", key_ops: [], ext: true }],
  ])("api.md 8: %s is taken", (_, jwk) => {
    expect(isTaken(jwk)).toBe(true);
    expect(failureOf({ jwk })).toBe("parsed");
  });

  it.each([
    ["no object", "x", "jwk"],
    ["no kind", { ...ec.publicJwk, kty: undefined }, "jwk.kty"],
    ["a kind without public half", { kty: "oct", k: SECRET }, "jwk.k"],
    ["X25519", { kty: "OKP", crv: "X25519", x: ec.publicJwk.x }, "jwk.kty"],
    ["P-384", { ...ec.publicJwk, crv: "P-384" }, "jwk.crv"],
    ["a point beside the curve", { ...ec.publicJwk, y: ec.publicJwk.x }, "jwk.x"],
    ["no second coordinate", { ...ec.publicJwk, y: undefined }, "jwk.y"],
    ["a padded coordinate", { ...ec.publicJwk, x: `${ec.publicJwk.x}=` }, "jwk.x"],
    ["a private P-256 key", ec.privateJwk, "jwk.d"],
    ["a private RSA key", rsa.privateJwk, "jwk.d"],
    ["half of a private RSA key", { ...rsa.publicJwk, p: rsa.privateJwk.p }, "jwk.p"],
    ["RSA of 2047 bits", { ...rsa.publicJwk, n: modulus(2_047) }, "jwk.n"],
    ["RSA of 1024 bits", { ...rsa.publicJwk, n: modulus(1_024) }, "jwk.n"],
    ["RSA of 4097 bits", { ...rsa.publicJwk, n: modulus(4_097) }, "jwk.n"],
    ["an even modulus", { ...rsa.publicJwk, n: `${"_".repeat(341)}g` }, "jwk.n"],
    ["no modulus", { ...rsa.publicJwk, n: "" }, "jwk.n"],
    ["exponent 1", { ...rsa.publicJwk, e: "AQ" }, "jwk.e"],
    ["exponent 3", { ...rsa.publicJwk, e: "Aw" }, "jwk.e"],
    ["an even exponent", { ...rsa.publicJwk, e: "AQAC" }, "jwk.e"],
    ["an exponent of five bytes", { ...rsa.publicJwk, e: "AQAAAAE" }, "jwk.e"],
    ["a key that signs", { ...ec.publicJwk, use: "sig" }, "jwk.use"],
    ["another algorithm", { ...rsa.publicJwk, alg: "RSA-OAEP" }, "jwk.alg"],
    ["an empty name", { ...ec.publicJwk, kid: "" }, "jwk.kid"],
  ])("JOS-7: %s is refused where it is configured", (_, jwk, place) => {
    const failure = failureOf({ jwk });
    expect(failure).toMatch(/^BOOTSTRAP is not valid: /);
    expect(failure).toContain(`merchants.0.${place}: `);
    const values = Object.values(Object(jwk)).map(String);
    expect(values.filter((value) => value.length > 8 && failure.includes(value))).toEqual([]);
  });

  it("JOS-7: the weak key of CVE-2017-15361 is refused", () => {
    const n = keys.groups["5"].private.keys[0]?.n ?? "";
    expect(n).toHaveLength(343);
    expect(isTaken({ kty: "RSA", n, e: "AQAB" })).toBe(false);
    const bytes = fromBase64Url(n);
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    expect(isTaken({ kty: "RSA", n: toBase64Url(bytes), e: "AQAB" })).toBe(true);
  });

  it("api.md 8: what is kept has the members that are used, and no others", () => {
    const jwk = publicJwkSchema().parse({ ...ec.publicJwk, x5c: ["x"], key_ops: [], future: 1 });
    expect(jwk).toEqual(ec.publicJwk);
  });

  it("api.md 8: encryption is asked for by configuration alone", () => {
    const merchant = (more: object) => {
      const text = JSON.stringify({ merchants: [{ id: "demo", apiKeys: [], ...more }] });
      return [...parseDirectory(text).merchants.values()][0];
    };
    expect(merchant({})).toMatchObject({ requireEncryption: false });
    expect(merchant({})?.jwk).toBeUndefined();
    expect(merchant({ requireEncryption: true })).toMatchObject({ requireEncryption: true });
    expect(failureOf({ requireEncryption: SECRET })).toContain("merchants.0.requireEncryption: ");
    expect(failureOf({ requireEncryption: SECRET })).not.toContain(SECRET);
  });
});
