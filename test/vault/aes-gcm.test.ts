import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url, utf8 } from "#base";
import { decrypt, encrypt, importAesKey, sealedText } from "../../src/vault/aes-gcm.ts";
import gcm from "../vectors/wycheproof-aes-gcm.json" with { type: "json" };

const bytes = (hex: string) => Uint8Array.fromHex(hex);

/** As envelopes seal. */
async function sealed(...args: Parameters<typeof encrypt>): Promise<string> {
  const { iv, body } = encrypt(...args);
  return sealedText(iv, await body);
}

type Vector = (typeof gcm.vectors)[number];

/** By the functions that envelopes use: what we open is IV, ciphertext and tag in a row. */
async function opened({ key, iv, aad, ct, tag }: Vector): Promise<string> {
  try {
    const row = toBase64Url(bytes(iv + ct + tag));
    const plain = await decrypt(await importAesKey(bytes(key)), bytes(aad), row);
    return new Uint8Array(plain).toHex();
  } catch {
    return "refused";
  }
}

const isOurs = ({ keySize, ivSize, tagSize }: Vector) =>
  keySize === 256 && ivSize === 96 && tagSize === 128;
const OURS = gcm.vectors.filter(isOurs);
const OTHERS = gcm.vectors.filter((vector) => !isOurs(vector));

describe("wycheproof-aes-gcm vectors", () => {
  it("GCM-1: there are vectors of both kinds", () => {
    expect(OURS.length).toBeGreaterThan(20);
    expect(OTHERS.length).toBeGreaterThan(20);
  });

  it.each(OURS)("GCM-1: $id ($comment) is $result", async (vector) => {
    expect(await opened(vector)).toBe(vector.result === "valid" ? vector.msg : "refused");
  });

  it.each(OTHERS)("GCM-1: $id of other sizes does not open ($keySize, $ivSize)", async (vector) => {
    expect(await opened(vector)).toBe("refused");
  });

  it.each(OURS.filter(({ result }) => result === "valid"))(
    "GCM-1: $id is sealed by us in such a form that it opens",
    async ({ key, aad, msg }) => {
      const imported = await importAesKey(bytes(key));
      const made = await sealed(imported, bytes(aad), bytes(msg));
      expect(fromBase64Url(made)).toHaveLength(12 + msg.length / 2 + 16);
      const plain = await decrypt(imported, bytes(aad), made);
      expect(new Uint8Array(plain).toHex()).toBe(msg);
    },
  );
});

describe("texts", () => {
  const key = importAesKey(new Uint8Array(32).fill(7));

  it("GCM-5: many at once, short and long, each come back as they were", async () => {
    const lengths = [0, 1, 100, 1_365, 1_366, 5_461, 5_462, 16_383, 16_384, 16_385, 100_000];
    const texts = lengths.flatMap((length) => ["a", "é", "₹"].map((each) => each.repeat(length)));
    const all = await Promise.all(texts.map(async (text) => sealed(await key, text, text)));
    const opened = await Promise.all(
      all.map(async (each, index) => decrypt(await key, texts[index] ?? "", each)),
    );
    expect(opened.map((plain) => new TextDecoder().decode(plain))).toEqual(texts);
  });

  it("GCM-4: what a text is bound to is its bytes, however they are given", async () => {
    const made = await sealed(await key, "bound ₹", "text");
    const bound = utf8("bound ₹");
    expect(new TextDecoder().decode(await decrypt(await key, bound, made))).toBe("text");
    await expect(decrypt(await key, "bound", made)).rejects.toThrow(/./);
  });

  it("GCM-5: bytes that are given are left as they are", async () => {
    const bytes = utf8("text");
    await sealed(await key, bytes, bytes);
    expect(bytes).toEqual(utf8("text"));
  });
});

describe("AES keys", () => {
  it.each([0, 16, 24, 31, 33, 64])("GCM-1: %i bytes are no key", async (count) => {
    await expect(importAesKey(new Uint8Array(count))).rejects.toThrow("256 bits");
  });

  it("GCM-6: an imported key cannot be taken out", async () => {
    const key = await importAesKey(new Uint8Array(32));
    expect(key).toMatchObject({ extractable: false, usages: ["encrypt", "decrypt"] });
    await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow(/./);
  });
});
