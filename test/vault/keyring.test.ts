import { describe, expect, it } from "vitest";
import { utf8 } from "#base";
import { keyedHash, parseKeyring } from "#vault";
import { decrypt, encrypt, importAesKey, sealedText } from "../../src/vault/aes-gcm.ts";
import { hkdfSha256 } from "../../src/vault/hkdf.ts";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";
import hkdf from "../vectors/rfc5869-hkdf.json" with { type: "json" };
import wycheproof from "../vectors/wycheproof-hkdf-sha256.json" with { type: "json" };

const SECRET = "S0VZLVRIQVQtSVMtTk9ULTMyLUJZVEVT"; // base64, of 24 bytes
const GOOD = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const failureOf = (text: string): string => {
  try {
    parseKeyring(text);
    return "parsed";
  } catch (error) {
    return error instanceof Error ? error.message : "unknown";
  }
};

describe("parseKeyring", () => {
  it("api.md 8: the current key is the one that is named", () => {
    expect(parseKeyring(TEST_MASTER_KEYS).currentId).toBe("k2");
  });

  it.each([
    ["no JSON", SECRET],
    ["half of JSON", `{"current":"k1","keys":{"k1":"${SECRET}`],
    ["a list", JSON.stringify([SECRET])],
    ["no current", JSON.stringify({ keys: { k1: GOOD } })],
    ["an empty current", JSON.stringify({ current: "", keys: { "": GOOD } })],
    ["a current of nobody", JSON.stringify({ current: "k2", keys: { k1: GOOD } })],
    [
      "a root of hashes of nobody",
      JSON.stringify({ current: "k1", hashes: "k2", keys: { k1: GOOD } }),
    ],
    ["no keys", JSON.stringify({ current: "k1", keys: {} })],
    ["a key of 24 bytes", JSON.stringify({ current: "k1", keys: { k1: SECRET } })],
    ["a key that is no base64", JSON.stringify({ current: "k1", keys: { k1: "!!!" } })],
    ["a key as number", JSON.stringify({ current: "k1", keys: { k1: 7 } })],
    ["id and key changed about", JSON.stringify({ current: "k1", keys: { [`${SECRET}+`]: "k1" } })],
    ["a prototype for keys", '{"current":"__proto__","keys":{}}'],
  ])("api.md 8: %s is an error that names MASTER_KEYS and quotes nothing", (_, text) => {
    const failure = failureOf(text);
    expect(failure).toContain("MASTER_KEYS");
    expect(failure).not.toContain(SECRET);
    expect(failure).not.toContain("S0VZ");
    expect(failure).not.toContain(GOOD);
  });
});

describe("derived keys", () => {
  const keyring = parseKeyring(TEST_MASTER_KEYS);

  it("GCM-6: they cannot be taken out, and have one use", async () => {
    const kek = await keyring.kek("tokens", { rootId: "k1", generation: 1 });
    const hash = await keyring.hashKey("fingerprint");
    expect(kek).toMatchObject({ extractable: false, usages: ["encrypt", "decrypt"] });
    expect(hash).toMatchObject({ extractable: false, usages: ["sign"] });
  });

  it("GCM-10: an unknown root gives no key", async () => {
    expect(await keyring.kek("tokens", { rootId: "k9", generation: 1 })).toBeUndefined();
  });

  it("PCI-3.5.1.1: a keyed hash is stable, and unlike that of another root or text", async () => {
    const other = parseKeyring(TEST_MASTER_KEYS.replace('"current"', '"hashes":"k2","current"'));
    const hash = await keyedHash(keyring, "fingerprint", "text");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyedHash(keyring, "fingerprint", "text")).toBe(hash);
    expect(await keyedHash(keyring, "fingerprint", "text2")).not.toBe(hash);
    expect(await keyedHash(other, "fingerprint", "text")).not.toBe(hash);
  });

  it("GCM-8: a keyed hash outlives another current root, one that is added, and rotations", async () => {
    const hash = await keyedHash(keyring, "fingerprint", "text");
    const added = TEST_MASTER_KEYS.replace(/\}\}$/, `,"k3":"${GOOD}"}}`);
    for (const text of [
      TEST_MASTER_KEYS.replace('"current":"k2"', '"current":"k1"'),
      added.replace('"current":"k2"', '"current":"k3"'),
    ]) {
      const other = parseKeyring(text, {
        nowMs: () => 0,
        generations: { of: () => 7, learn: () => undefined },
      });
      expect(await keyedHash(other, "fingerprint", "text")).toBe(hash);
    }
  });

  it("GCM-7: a generation is an unrelated key, and the first has the label from before", async () => {
    const none = new Uint8Array(0);
    const keks = [1, 2, 3].map((generation) => keyring.kek("vault", { rootId: "k1", generation }));
    const [first, second, third] = await Promise.all(keks);
    if (!first || !second || !third) throw new Error("three keys");
    const { iv, body } = encrypt(second, none, "text");
    const sealed = sealedText(iv, await body);
    expect(new Uint8Array(await decrypt(second, none, sealed))).toEqual(utf8("text"));
    for (const other of [first, third])
      await expect(decrypt(other, none, sealed)).rejects.toThrow(/./);
    const root = Uint8Array.from({ length: 32 }, (_, index) => index);
    for (const [key, label] of [
      [first, "foolproof/kek/vault"],
      [second, "foolproof/kek/vault/2"],
    ] as const) {
      const bits = await hkdfSha256(root, { salt: none, info: utf8(label), byteLength: 32 });
      const same = await importAesKey(bits);
      const again = encrypt(key, none, "text");
      const plain = await decrypt(same, none, sealedText(again.iv, await again.body));
      expect(new Uint8Array(plain)).toEqual(utf8("text"));
    }
  });

  it("GCM-7: the keyed hash is HMAC under HKDF-SHA256 of the root with its own label", async () => {
    const root = Uint8Array.from({ length: 32 }, (_, index) => index); // the first one listed
    const base = await crypto.subtle.importKey("raw", root, "HKDF", false, ["deriveBits"]);
    const info = new TextEncoder().encode("foolproof/hash/fingerprint");
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
    const bits = await crypto.subtle.deriveBits(algorithm, base, 256);
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bits, hmac, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode("text"));
    expect(await keyedHash(keyring, "fingerprint", "text")).toBe(new Uint8Array(mac).toHex());
  });
});

/** By the function that the keyring derives with. */
async function derive(ikm: string, salt: string, options: { info: string; bytes: number }) {
  const hex = (text: string) => Uint8Array.fromHex(text);
  const info = hex(options.info);
  const made = hkdfSha256(hex(ikm), { salt: hex(salt), info, byteLength: options.bytes });
  return (await made).toHex();
}

describe("HKDF vectors", () => {
  it.each(hkdf.vectors)("GCM-6: RFC 5869 $id", async ({ ikm, salt, info, l, okm }) => {
    expect(await derive(ikm, salt, { info, bytes: Number(l) })).toBe(okm);
  });

  it.each(wycheproof.vectors)("GCM-6: $id ($comment) is $result", async (vector) => {
    const { ikm, salt, info, size, okm, result } = vector;
    const made = await derive(ikm, salt, { info, bytes: size }).catch(() => "refused");
    expect(made).toBe(result === "valid" ? okm : "refused");
  });
});
