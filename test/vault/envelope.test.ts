import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "#base";
import { type EnvelopeContext, open, parseKeyring, seal } from "#vault";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";
import gcm from "../vectors/wycheproof-aes-gcm.json" with { type: "json" };

const KEYRING = parseKeyring(TEST_MASTER_KEYS);
const CONTEXT: EnvelopeContext = { purpose: "tokens", identity: ["alpha", "phonepe", "v1"] };

describe("envelope", () => {
  it("GCM-6: any text comes back whole", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(text, async (plain) => {
        // Text that is no text (half of a surrogate pair) is not drawn: UTF-8 cannot hold it.
        expect(await open(KEYRING, CONTEXT, await seal(KEYRING, CONTEXT, plain))).toBe(plain);
      }),
      { numRuns: 50 },
    );
  });

  it("GCM-6: it names its version and root, and shows nothing of the text", async () => {
    const envelope = await seal(KEYRING, CONTEXT, "a very secret text");
    expect(envelope).toMatch(/^fp1\.k2\.[A-Za-z0-9_-]{80}\.[A-Za-z0-9_-]+$/);
    expect(envelope).not.toContain("secret");
  });

  it("GCM-2: the same text is never sealed alike", async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, () => seal(KEYRING, CONTEXT, "x")));
    const parts = sealed.flatMap((envelope) => envelope.split(".").slice(2));
    expect(new Set(parts).size).toBe(100);
    const ivs = parts.map((part) => part.slice(0, 16));
    expect(new Set(ivs).size).toBe(100);
  });

  it.each([
    ["another merchant", ["beta", "phonepe", "v1"]],
    ["another kind", ["alpha", "razorpay", "v1"]],
    ["another version", ["alpha", "phonepe", "v2"]],
    ["less", ["alpha", "phonepe"]],
    ["more", ["alpha", "phonepe", "v1", ""]],
    ["another order", ["phonepe", "alpha", "v1"]],
    ["the same letters cut elsewhere", ["alph", "aphonepe", "v1"]],
  ])("GCM-4: an envelope moved to %s does not open", async (_, identity) => {
    const envelope = await seal(KEYRING, CONTEXT, "x");
    expect(await open(KEYRING, { ...CONTEXT, identity }, envelope)).toBeUndefined();
    expect(await open(KEYRING, CONTEXT, envelope)).toBe("x");
  });

  it("GCM-5: no single bit can change", async () => {
    const envelope = await seal(KEYRING, CONTEXT, "a text to keep");
    const [version = "", root = "", wrapped = "", sealed = ""] = envelope.split(".");
    const parts = [fromBase64Url(wrapped), fromBase64Url(sealed)];
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.nat(10_000), fc.nat(7), async (part, at, bit) => {
        const changed = parts.map((bytes) => new Uint8Array(bytes));
        const target = changed[part] ?? new Uint8Array(1);
        const index = at % target.length;
        target[index] = (target[index] ?? 0) ^ (1 << bit);
        const forged = [version, root, ...changed.map(toBase64Url)].join(".");
        expect(await open(KEYRING, CONTEXT, forged)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("GCM-5: parts of two envelopes do not fit together", async () => {
    const [one, two] = await Promise.all([
      seal(KEYRING, CONTEXT, "1"),
      seal(KEYRING, CONTEXT, "2"),
    ]);
    const [version, root, wrapped] = one.split(".");
    const forged = [version, root, wrapped, two.split(".")[3]].join(".");
    expect(await open(KEYRING, CONTEXT, forged)).toBeUndefined();
  });

  it("GCM-1: what is cut short does not open", async () => {
    const envelope = await seal(KEYRING, CONTEXT, "text");
    for (let length = 0; length < envelope.length; length += 1) {
      expect(await open(KEYRING, CONTEXT, envelope.slice(0, length))).toBeUndefined();
    }
  });

  it.each(["", "fp1", "fp1.k2", "fp1.k2..", "fp1.k2.AAAA.AAAA", "fp1.k2.!.!", "x.y.z.w", "...."])(
    "GCM-5: %j does not open, and breaks nothing",
    async (text) => {
      expect(await open(KEYRING, CONTEXT, text)).toBeUndefined();
    },
  );

  it.each([
    ["another version", (text: string) => text.replace("fp1.", "fp2.")],
    ["another root", (text: string) => text.replace(".k2.", ".k1.")],
    ["a root of nobody", (text: string) => text.replace(".k2.", ".k9.")],
    ["a root named __proto__", (text: string) => text.replace(".k2.", ".__proto__.")],
    ["a part more", (text: string) => `${text}.AAAA`],
  ])("GCM-4: with %s it does not open", async (_, edit) => {
    expect(await open(KEYRING, CONTEXT, edit(await seal(KEYRING, CONTEXT, "x")))).toBeUndefined();
  });

  it("GCM-3: a mebibyte is sealed, a byte more is not", async () => {
    const most = "a".repeat(1_048_576);
    expect(await open(KEYRING, CONTEXT, await seal(KEYRING, CONTEXT, most))).toBe(most);
    await expect(() => seal(KEYRING, CONTEXT, `${most}a`)).rejects.toThrow("too long");
  });
});

describe("rotation", () => {
  const keys = (current: string, ...ids: string[]) => {
    const parsed: unknown = JSON.parse(TEST_MASTER_KEYS);
    const all = new Map(Object.entries(Object(parsed)["keys"]));
    return parseKeyring(
      JSON.stringify({ current, keys: Object.fromEntries(ids.map((id) => [id, all.get(id)])) }),
    );
  };

  it("GCM-8: what an older root closed still opens, new text is closed by the new one", async () => {
    const before = keys("k1", "k1");
    const after = keys("k2", "k1", "k2");
    const old = await seal(before, CONTEXT, "old");
    expect(await open(after, CONTEXT, old)).toBe("old");
    const fresh = await seal(after, CONTEXT, "new");
    expect(fresh.startsWith("fp1.k2.")).toBe(true);
    expect(await open(before, CONTEXT, fresh)).toBeUndefined();
  });

  it("GCM-10: without its root nothing opens", async () => {
    const old = await seal(keys("k1", "k1"), CONTEXT, "old");
    expect(await open(keys("k2", "k2"), CONTEXT, old)).toBeUndefined();
  });
});

/** Those of the sizes that an envelope has: 256-bit keys, 96-bit IVs, 128-bit tags (GCM-1). */
const OURS = gcm.vectors.filter(({ keySize, ivSize }) => keySize === 256 && ivSize === 96);

describe("wycheproof-aes-gcm vectors", () => {
  it.each(OURS)("GCM-1: $id ($comment) is $result", async (vector) => {
    const bytes = (hex: string) => Uint8Array.fromHex(hex);
    const key = await crypto.subtle.importKey("raw", bytes(vector.key), "AES-GCM", false, [
      "decrypt",
    ]);
    const algorithm = {
      name: "AES-GCM",
      iv: bytes(vector.iv),
      additionalData: bytes(vector.aad),
    };
    const opened = await crypto.subtle
      .decrypt(algorithm, key, bytes(vector.ct + vector.tag))
      .then((plain) => new Uint8Array(plain).toHex())
      .catch(() => "refused");
    expect(opened).toBe(vector.result === "valid" ? vector.msg : "refused");
  });
});
