import fc from "fast-check";
import { compactDecrypt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { openJwe, publicJwkSchema, sealJwe } from "#vault";
import vectors from "../vectors/jose.json" with { type: "json" };
import {
  encrypt,
  fromBase64Url,
  headerText,
  type KeyPair,
  keyStore,
  makePair,
  textOf,
  toBase64Url,
  utf8,
  withHeader,
  withPart,
} from "../support/jwe.ts";

const REFUSED = { ok: false, refusal: "jwe_invalid" };
const TEXT = '{"amount":49900}';
const JWE_VECTORS = vectors.vectors.filter(({ id }) => id.startsWith("jwe-"));
const ALGS = ["ECDH-ES+A256KW", "RSA-OAEP-256"] as const;

let ec: KeyPair;
let rsa: KeyPair;
const pairOf = (alg: KeyPair["alg"]) => (alg === "RSA-OAEP-256" ? rsa : ec);

beforeAll(async () => {
  [ec, rsa] = await Promise.all([makePair("ECDH-ES+A256KW"), makePair("RSA-OAEP-256")]);
});

const opened = async (token: string, pair = ec) => {
  const { keyOf } = keyStore(pair.privateJwk);
  const result = await openJwe(token, keyOf);
  return result.ok ? textOf(result.value) : result.refusal;
};

/** Refused, and no key was asked for: nothing of the token's cryptography was touched. */
async function expectRefusedByForm(token: string) {
  const { asked, keyOf } = keyStore(ec.privateJwk);
  expect(await openJwe(token, keyOf)).toEqual(REFUSED);
  expect(asked).toEqual([]);
}

describe("the published vectors", () => {
  it("there are as many as the file says", () => {
    expect(JWE_VECTORS).toHaveLength(149);
    const kinds = new Set(JWE_VECTORS.map(({ expect: expected }) => expected));
    expect(kinds).toEqual(new Set(["valid", "invalid", "outside-profile"]));
  });

  it.each(JWE_VECTORS.filter(({ expect: expected }) => expected === "valid"))(
    "JOS-1: $id opens",
    async ({ token, key, ...vector }) => {
      const result = await openJwe(token, keyStore(key).keyOf);
      const text = "payload_b64" in vector ? atob(vector.payload_b64 ?? "") : "no text";
      expect(result.ok && textOf(result.value)).toBe(text);
    },
  );

  it.each(JWE_VECTORS.filter(({ expect: expected }) => expected === "invalid"))(
    "JOS-6: $id is refused",
    async ({ token, key }) => {
      expect(await openJwe(token, keyStore(key).keyOf)).toEqual(REFUSED);
    },
  );

  it.each(JWE_VECTORS.filter(({ expect: expected }) => expected === "outside-profile"))(
    "JOS-2: $id is sound, and refused before any key is asked for",
    async ({ token }) => {
      await expectRefusedByForm(token);
    },
  );
});

describe("the form of a token", () => {
  it.each(ALGS)("api.md 4: a token under %s opens", async (alg) => {
    expect(await opened(await encrypt(pairOf(alg), TEXT), pairOf(alg))).toBe(TEXT);
  });

  it("JOS-1: as many parts as five, no more and no fewer", async () => {
    const token = await encrypt(ec, TEXT);
    const parts = token.split(".");
    for (let count = 0; count < parts.length; count += 1) {
      await expectRefusedByForm(parts.slice(0, count).join("."));
    }
    await expectRefusedByForm(`${token}.`);
    await expectRefusedByForm(`${token}.x`);
  });

  it.each([0, 1, 2, 3, 4])("JOS-1: part %i is base64url and nothing else", async (index) => {
    const token = await encrypt(ec, `${TEXT}!`);
    const bad = ["=", "==", " ", "\n", "\t", "+", "/", "%", "é", "\0"];
    for (const text of bad) {
      await expectRefusedByForm(withPart(token, index, (part) => part + text));
      await expectRefusedByForm(withPart(token, index, (part) => text + part));
      await expectRefusedByForm(
        withPart(token, index, (part) => part.slice(0, 4) + text + part.slice(4)),
      );
    }
  });

  it("JOS-1: bits that carry nothing are zero", async () => {
    const token = await encrypt(ec, TEXT); // a tag of 16 bytes leaves four bits over
    const last = token.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const next = alphabet[alphabet.indexOf(last) + 1] ?? "";
    expect(fromBase64Url(token.slice(-22, -1) + next)).toEqual(fromBase64Url(token.slice(-22)));
    await expectRefusedByForm(token.slice(0, -1) + next);
  });

  it.each([0, 1, 11, 13, 16])("JOS-5: an IV of %i bytes", async (length) => {
    const token = await encrypt(ec, TEXT);
    await expectRefusedByForm(withPart(token, 2, () => toBase64Url(new Uint8Array(length))));
  });

  it.each([0, 1, 4, 8, 12, 15, 17, 32])("JOS-5: a tag of %i bytes", async (length) => {
    const token = await encrypt(ec, TEXT);
    await expectRefusedByForm(withPart(token, 4, () => toBase64Url(new Uint8Array(length))));
  });

  it("JOS-5: no wrapped key", async () => {
    await expectRefusedByForm(withPart(await encrypt(ec, TEXT), 1, () => ""));
  });

  it("JOS-9: a token over 64 KiB", async () => {
    const token = await encrypt(ec, TEXT);
    await expectRefusedByForm(withPart(token, 3, () => "A".repeat(65_536)));
  });

  it("JOS-9: the text is limited after decryption too", async () => {
    expect(await opened(await encrypt(ec, "x".repeat(48_000)))).toHaveLength(48_000);
    const token = await encrypt(ec, "x".repeat(48_001));
    expect(token.length).toBeLessThan(65_536);
    expect(await opened(token)).toBe("jwe_invalid");
  });
});

describe("the header", () => {
  it.each([
    ["none"],
    ["dir"],
    ["RSA1_5"],
    ["RSA-OAEP"],
    ["RSA-OAEP-384"],
    ["RSA-OAEP-512"],
    ["ECDH-ES"],
    ["ECDH-ES+A128KW"],
    ["A256KW"],
    ["A256GCMKW"],
    ["PBES2-HS256+A128KW"],
    ["PBES2-HS512+A256KW"],
    ["ecdh-es+a256kw"],
    ["__proto__"],
    ["constructor"],
    [""],
    [null],
    [["ECDH-ES+A256KW"]],
  ])("JOS-2: the algorithm %j", async (alg) => {
    const token = await encrypt(ec, TEXT);
    const header: unknown = JSON.parse(headerText(token));
    await expectRefusedByForm(
      withHeader(token, JSON.stringify({ ...Object(header), alg, p2c: 1e9 })),
    );
  });

  it.each([["A128GCM"], ["A192GCM"], ["A256CBC-HS512"], ["A128CBC-HS256"], ["none"], [null]])(
    "JOS-2: the encryption %j",
    async (enc) => {
      const token = await encrypt(ec, TEXT);
      const header: unknown = JSON.parse(headerText(token));
      await expectRefusedByForm(withHeader(token, JSON.stringify({ ...Object(header), enc })));
    },
  );

  it.each([
    ["zip", "DEF"],
    ["zip", ""],
    ["zip", null],
    ["crit", ["exp"]],
    ["crit", ["alg"]],
    ["crit", []],
    ["crit", null],
    ["kid", 7],
    ["kid", null],
    ["kid", ""],
    ["kid", "x".repeat(257)],
    ["apu", "a b"],
    ["apv", "QQ="],
    ["epk", undefined],
    ["epk", "x"],
  ])("JOS-3: a token with %s %j is refused", async (name, value) => {
    const token = await encrypt(ec, TEXT);
    const header: unknown = JSON.parse(headerText(token));
    await expectRefusedByForm(
      withHeader(token, JSON.stringify({ ...Object(header), [name]: value })),
    );
  });

  it.each([
    ["enc", '"enc":"A256GCM"'],
    ["alg behind an escape", String.raw`"\u0061lg":"none"`],
    ["kid", '"kid":"other"'],
    ["a name nobody knows", '"x":1,"x":1'],
    ["a name inside another", '"x":{"a":1,"a":2}'],
  ])("JOS-3: a member that stands twice: %s", async (_, more) => {
    const token = await encrypt(ec, TEXT);
    await expectRefusedByForm(withHeader(token, `${headerText(token).slice(0, -1)},${more}}`));
  });

  it.each(["", "{", "null", "7", '"x"', "[]", "{}", "{}x", "﻿{}"])(
    "JOS-3: a header that is no JSON object of ours: %j",
    async (text) => {
      await expectRefusedByForm(withHeader(await encrypt(ec, TEXT), text));
    },
  );

  it("JOS-3: a header that is no UTF-8, too long or too deep", async () => {
    const token = await encrypt(ec, TEXT);
    const open = headerText(token).slice(0, -1);
    await expectRefusedByForm(withHeader(token, Uint8Array.of(0x7b, 0xff, 0x7d)));
    await expectRefusedByForm(withHeader(token, `${open},"x":"${"y".repeat(3_100)}"}`));
    await expectRefusedByForm(withHeader(token, `${open},"x":${"[".repeat(9)}${"]".repeat(9)}}`));
  });

  it("JOS-4: the key comes from the store by kid, whatever keys the header brings", async () => {
    const mallory = await makePair("ECDH-ES+A256KW");
    const { asked, keyOf } = keyStore(ec.privateJwk);
    const jwk = mallory.publicJwk;
    const hostile = { jwk, jku: "https://evil.example/jwks.json", x5u: "https://evil.example" };
    const token = await encrypt(ec, TEXT, { ...hostile, x5c: ["AA"], kid: "../../secrets" });
    const result = await openJwe(token, keyOf);
    expect(result.ok && textOf(result.value)).toBe(TEXT);
    expect(asked).toEqual(["../../secrets"]);
  });

  it("JOS-4: a key that the store does not know", async () => {
    const result = await openJwe(await encrypt(ec, TEXT), async () => undefined);
    expect(result).toEqual(REFUSED);
  });

  it("JOS-4: a store that is out of order is no fault of the token", async () => {
    const broken = openJwe(await encrypt(ec, TEXT), () => Promise.reject(new Error("no object")));
    await expect(broken).rejects.toThrow("no object");
  });

  it("JOS-7: a key of the other kind does not open it", async () => {
    const keyUnder = async (pair: KeyPair) => keyStore(pair.privateJwk).keyOf("k1", pair.alg);
    const [ecKey, rsaKey] = await Promise.all([keyUnder(ec), keyUnder(rsa)]);
    expect(await openJwe(await encrypt(ec, TEXT), async () => rsaKey)).toEqual(REFUSED);
    expect(await openJwe(await encrypt(rsa, TEXT), async () => ecKey)).toEqual(REFUSED);
  });

  it.each([
    ["of another curve", { crv: "P-384" }],
    ["with a private part", { d: "AA" }],
    ["of another kind", { kty: "OKP", crv: "X25519" }],
    ["at zero", { x: "A".repeat(43), y: "A".repeat(43) }],
    ["with a short coordinate", { x: "AA" }],
    ["with a coordinate in other spelling", { x: `${"A".repeat(42)}=` }],
    ["beyond the field", { x: "_".repeat(42) + "8" }],
  ])("JOS-5: an ephemeral key %s", async (_, change) => {
    const token = await encrypt(ec, TEXT);
    const header: unknown = JSON.parse(headerText(token));
    const { epk, ...rest } = Object(header);
    const text = JSON.stringify({ ...rest, epk: { ...epk, ...change } });
    await expectRefusedByForm(withHeader(token, text));
  });

  it("JOS-5: points of the curve pass, their neighbours do not", async () => {
    const { y = "", ...jwk } = ec.publicJwk;
    const bytes = fromBase64Url(y);
    expect(publicJwkSchema().safeParse({ ...jwk, y }).success).toBe(true);
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = new Uint8Array(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      const neighbour = { ...jwk, y: toBase64Url(changed) };
      expect(publicJwkSchema().safeParse(neighbour).success).toBe(false);
    }
  });
});

describe("what holds for all tokens", () => {
  it.each(ALGS)("JOS-6: no single bit of a token under %s can change", async (alg) => {
    const token = await encrypt(pairOf(alg), TEXT);
    const { keyOf } = keyStore(pairOf(alg).privateJwk);
    const bit = fc.tuple(fc.nat(token.length - 1), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(bit, async ([at, position]) => {
        const code = token.charCodeAt(at) ^ (1 << position);
        const changed = token.slice(0, at) + String.fromCharCode(code) + token.slice(at + 1);
        expect(await openJwe(changed, keyOf)).toEqual(REFUSED);
      }),
      { numRuns: 300 },
    );
  });

  it.each(ALGS)("JOS-6: no bit of any decoded part under %s can change", async (alg) => {
    const token = await encrypt(pairOf(alg), TEXT);
    const { keyOf } = keyStore(pairOf(alg).privateJwk);
    await fc.assert(
      fc.asyncProperty(fc.nat(4), fc.nat(10_000), fc.nat(7), async (index, at, position) => {
        const changed = withPart(token, index, (part) => {
          const bytes = fromBase64Url(part);
          const byte = at % bytes.length;
          bytes[byte] = (bytes[byte] ?? 0) ^ (1 << position);
          return toBase64Url(bytes);
        });
        expect(await openJwe(changed, keyOf)).toEqual(REFUSED);
      }),
      { numRuns: 200 },
    );
  });

  it("JOS-6: no text at all makes the gateway throw", async () => {
    const { keyOf } = keyStore(ec.privateJwk);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (text) => {
        expect(await openJwe(text, keyOf)).toEqual(REFUSED);
      }),
    );
  });

  it.each(ALGS)("api.md 4: what is sealed under %s comes back whole", async (alg) => {
    const pair = pairOf(alg);
    const recipient = publicJwkSchema().parse({ ...pair.publicJwk, kid: "mine" });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        const result = await openJwe(
          await sealJwe(bytes, recipient),
          keyStore(pair.privateJwk).keyOf,
        );
        expect(result.ok && [...result.value]).toEqual([...bytes]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("sealJwe", () => {
  it.each(ALGS)("api.md 4: another implementation opens an answer under %s", async (alg) => {
    const pair = pairOf(alg);
    const recipient = publicJwkSchema().parse({ ...pair.publicJwk, kid: "mine" });
    const token = await sealJwe(utf8(TEXT), recipient);
    const { plaintext, protectedHeader } = await compactDecrypt(token, { ...pair.privateJwk });
    expect(textOf(plaintext)).toBe(TEXT);
    expect(protectedHeader).toMatchObject({
      alg,
      enc: "A256GCM",
      kid: "mine",
      cty: "application/json",
    });
    expect(protectedHeader).not.toHaveProperty("zip");
  });

  it("RFC 7638 3.1: a key without a name is named by its thumbprint", async () => {
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    const recipient = publicJwkSchema().parse({ kty: "RSA", n, e: "AQAB" });
    expect(JSON.parse(headerText(await sealJwe(utf8(TEXT), recipient)))).toMatchObject({
      kid: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    });
  });

  it("GCM-2: the same text is never sealed alike", async () => {
    const recipient = publicJwkSchema().parse(ec.publicJwk);
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => sealJwe(utf8(TEXT), recipient)),
    );
    for (const part of [0, 1, 2, 3, 4]) {
      expect(new Set(tokens.map((token) => token.split(".")[part])).size).toBe(20);
    }
  });

  it("GCM-3: over 1 MiB is a mistake of our own", async () => {
    const recipient = publicJwkSchema().parse(ec.publicJwk);
    await expect(sealJwe(new Uint8Array(1_048_577), recipient)).rejects.toThrow("too long");
  });
});
