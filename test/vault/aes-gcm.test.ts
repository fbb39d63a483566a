import { describe, expect, it } from "vitest";
import { decrypt, encrypt, importAesKey } from "../../src/vault/aes-gcm.ts";
import gcm from "../vectors/wycheproof-aes-gcm.json" with { type: "json" };

const bytes = (hex: string) => Uint8Array.fromHex(hex);

type Vector = (typeof gcm.vectors)[number];

/** By the functions that envelopes use: what we open is IV, ciphertext and tag in a row. */
async function opened({ key, iv, aad, ct, tag }: Vector): Promise<string> {
  try {
    const plain = await decrypt(await importAesKey(bytes(key)), bytes(aad), bytes(iv + ct + tag));
    return plain.toHex();
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
      const sealed = await encrypt(imported, bytes(aad), bytes(msg));
      expect(sealed).toHaveLength(12 + msg.length / 2 + 16);
      expect((await decrypt(imported, bytes(aad), sealed)).toHex()).toBe(msg);
    },
  );
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
