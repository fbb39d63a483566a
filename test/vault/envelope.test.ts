import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "#base";
import { type EnvelopeContext, type KeyPurpose, open, parseKeyring, rewrap, seal } from "#vault";
import { DATA_KEY_MESSAGES_MAX, makeDataKeys } from "../../src/vault/data-keys.ts";
import { kekOf } from "../../src/vault/envelope.ts";
import { KEY_PURPOSES } from "../../src/vault/generations.ts";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";

/** A keyring whose clock and generation a test moves. */
function movable(masterKeys = TEST_MASTER_KEYS, messagesMax?: number) {
  const at = { nowMs: 0, generation: 1 };
  const generations = { of: () => at.generation, learn: () => undefined };
  const ports = { nowMs: () => at.nowMs, generations };
  const limit = messagesMax === undefined ? {} : { messagesMax };
  return { at, keyring: parseKeyring(masterKeys, { ...ports, ...limit }) };
}

const KEYRING = movable().keyring;
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
    expect(envelope).toMatch(
      /^fp2\.k2\.1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{80}\.[A-Za-z0-9_-]{62}$/,
    );
    expect(envelope).not.toContain("secret");
  });

  it("GCM-2: the same text is never sealed alike", async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, () => seal(KEYRING, CONTEXT, "x")));
    const texts = sealed.map((envelope) => envelope.split(".")[5]);
    expect(new Set(texts).size).toBe(50);
    expect(new Set(texts.map((text) => text?.slice(0, 16))).size).toBe(50);
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
    const head = envelope.split(".").slice(0, 3);
    const parts = envelope.split(".").slice(3).map(fromBase64Url);
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(10_000), fc.nat(7), async (part, at, bit) => {
        const changed = parts.map((bytes) => new Uint8Array(bytes));
        const target = changed[part] ?? new Uint8Array(1);
        const index = at % target.length;
        target[index] = (target[index] ?? 0) ^ (1 << bit);
        const forged = [...head, ...changed.map(toBase64Url)].join(".");
        expect(await open(KEYRING, CONTEXT, forged)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("GCM-1: what is cut short does not open", async () => {
    const envelope = await seal(KEYRING, CONTEXT, "text");
    for (let length = 0; length < envelope.length; length += 1) {
      expect(await open(KEYRING, CONTEXT, envelope.slice(0, length))).toBeUndefined();
    }
  });

  it.each(
    ",fp1,fp1.k2,fp1.k2..,fp1.k2.AAAA.AAAA,fp1.k2.!.!,x.y.z.w,....,.....,fp2,fp2.k2.1,fp2.k2.1...,fp2.k2.1.AAAA.AAAA.AAAA,fp2.k2.!.!.!.!".split(
      ",",
    ),
  )("GCM-5: %j does not open, and breaks nothing", async (text) => {
    expect(await open(KEYRING, CONTEXT, text)).toBeUndefined();
    expect(await rewrap(KEYRING, CONTEXT, text)).toBeUndefined();
  });

  it.each([
    ["the version of before", (text: string) => text.replace("fp2.", "fp1.")],
    ["another version", (text: string) => text.replace("fp2.", "fp3.")],
    ["another root", (text: string) => text.replace(".k2.", ".k1.")],
    ["a root of nobody", (text: string) => text.replace(".k2.", ".k9.")],
    ["a root named __proto__", (text: string) => text.replace(".k2.", ".__proto__.")],
    ["another generation", (text: string) => text.replace(".1.", ".2.")],
    ["a generation spelled otherwise", (text: string) => text.replace(".1.", ".01.")],
    ["the generation 0", (text: string) => text.replace(".1.", ".0.")],
    ["the generation 1e0", (text: string) => text.replace(".1.", ".1e0.")],
    ["a generation of eleven digits", (text: string) => text.replace(".1.", ".10000000001.")],
    ["a part more", (text: string) => `${text}.AAAA`],
  ])("GCM-4: with %s it does not open", async (_, edit) => {
    const forged = edit(await seal(KEYRING, CONTEXT, "x"));
    expect(await open(KEYRING, CONTEXT, forged)).toBeUndefined();
    expect(await rewrap(KEYRING, CONTEXT, forged)).toBeUndefined();
  });

  it("GCM-4: a context without a tenant seals nothing", async () => {
    const nobody = { ...CONTEXT, identity: [] };
    await expect(() => seal(KEYRING, nobody, "x")).rejects.toThrow("no tenant");
    expect(await open(KEYRING, nobody, await seal(KEYRING, CONTEXT, "x"))).toBeUndefined();
  });

  it("GCM-3: a mebibyte is sealed, a byte more is not", async () => {
    const most = "a".repeat(1_048_576);
    expect(await open(KEYRING, CONTEXT, await seal(KEYRING, CONTEXT, most))).toBe(most);
    await expect(() => seal(KEYRING, CONTEXT, `${most}a`)).rejects.toThrow("too long");
  });
});

/** Few of each, so that two contexts often share all but one. */
const contexts = fc.record({
  purpose: fc.constantFrom<KeyPurpose>(...KEY_PURPOSES),
  identity: fc.tuple(
    fc.constantFrom("alpha", "beta"),
    fc.constantFrom("api_key", "token"),
    fc.constantFrom("id1", "id2"),
    fc.constantFrom("v1", "v2"),
  ),
});
const PARTS = 6;

describe("two envelopes", () => {
  it("GCM-4: whichever parts are swapped, neither opens any more", async () => {
    const { at, keyring } = movable();
    const swaps = fc.uniqueArray(fc.nat(PARTS - 1), { minLength: 1, maxLength: PARTS });
    const generations = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }));
    const property = fc.asyncProperty(
      fc.tuple(contexts, contexts),
      generations,
      swaps,
      async (pair, [first, second], swapped) => {
        fc.pre(JSON.stringify(pair[0]) !== JSON.stringify(pair[1]));
        at.generation = first;
        const one = (await seal(keyring, pair[0], "one")).split(".");
        at.generation = second;
        const two = (await seal(keyring, pair[1], "two")).split(".");
        const mix = (own: string[], other: string[]) =>
          own.map((part, index) => (swapped.includes(index) ? other[index] : part)).join(".");
        const mixed = [mix(one, two), mix(two, one)] as const;
        // Two of one tenant and generation have the data key in common: swapping it changes nothing.
        const isChanged = mixed[0] !== one.join(".");
        expect(await open(keyring, pair[0], mixed[0])).toBe(isChanged ? undefined : "one");
        expect(await open(keyring, pair[1], mixed[1])).toBe(isChanged ? undefined : "two");
      },
    );
    await fc.assert(property, { numRuns: 400 });
  });

  it("GCM-4: an envelope opens in its own context alone", async () => {
    const { keyring } = movable();
    const property = fc.asyncProperty(contexts, contexts, async (own, other) => {
      const envelope = await seal(keyring, own, "x");
      const isSame = JSON.stringify(own) === JSON.stringify(other);
      expect(await open(keyring, other, envelope)).toBe(isSame ? "x" : undefined);
      expect(await open(keyring, own, envelope)).toBe("x");
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it("GCM-5: a forged data key under a known id is not taken for the warm one", async () => {
    const { keyring } = movable();
    const parts = (await seal(keyring, CONTEXT, "x")).split(".");
    expect(await open(keyring, CONTEXT, parts.join("."))).toBe("x");
    const forged = parts.with(4, "A".repeat(80)).join(".");
    expect(await open(keyring, CONTEXT, forged)).toBeUndefined();
  });
});

const headOf = (envelope: string) => envelope.split(".").slice(0, 5).join(".");

describe("data keys", () => {
  const sealOne = async (keyring: ReturnType<typeof parseKeyring>, context = CONTEXT) =>
    headOf(await seal(keyring, context, "x"));

  it("GCM-2: one serves a tenant and purpose for 24 hours, and then no longer", async () => {
    const { at, keyring } = movable();
    const first = await sealOne(keyring);
    at.nowMs = 24 * 3_600_000 - 1;
    expect(await sealOne(keyring)).toBe(first);
    at.nowMs += 1;
    const second = await sealOne(keyring);
    expect(second).not.toBe(first);
    at.nowMs += 1;
    expect(await sealOne(keyring)).toBe(second);
  });

  it("GCM-2: a clock that goes back ends it", async () => {
    const { at, keyring } = movable();
    at.nowMs = 1_000;
    const first = await sealOne(keyring);
    at.nowMs = 999;
    expect(await sealOne(keyring)).not.toBe(first);
  });

  it("GCM-2: at its limit of messages another one takes over, never one message later", async () => {
    const { keyring } = movable(TEST_MASTER_KEYS, 10);
    const heads: string[] = [];
    for (let message = 0; message < 35; message += 1) heads.push(await sealOne(keyring));
    const counts = [...new Set(heads)].map((head) => heads.filter((each) => each === head).length);
    expect(counts).toEqual([10, 10, 10, 5]);
  });

  it("GCM-2: messages at once are counted one by one", async () => {
    const { keyring } = movable(TEST_MASTER_KEYS, 10);
    const heads = await Promise.all(Array.from({ length: 100 }, () => sealOne(keyring)));
    for (const head of heads) {
      expect(heads.filter((each) => each === head).length).toBeLessThanOrEqual(10);
    }
  });

  it("GCM-2: without a limit of one's own it is 2^28 messages", () => {
    expect(DATA_KEY_MESSAGES_MAX).toBe(2 ** 28);
    const keys = makeDataKeys({ nowMs: () => 0, messagesMax: DATA_KEY_MESSAGES_MAX });
    expect(keys.take("nobody")).toBeUndefined();
  });

  it.each([
    ["tenant", { ...CONTEXT, identity: ["beta", "phonepe", "v1"] }],
    ["purpose", { ...CONTEXT, purpose: "vault" as const }],
  ])("GCM-7: another %s has another data key", async (_, context) => {
    const { keyring } = movable();
    expect((await sealOne(keyring, context)).split(".")[3]).not.toBe(
      (await sealOne(keyring)).split(".")[3],
    );
  });

  it("GCM-8: a new generation has a new data key at once", async () => {
    const { at, keyring } = movable();
    const first = await sealOne(keyring);
    at.generation = 2;
    const second = await sealOne(keyring);
    expect(second).toMatch(/^fp2\.k2\.2\./);
    expect(second.split(".")[3]).not.toBe(first.split(".")[3]);
  });

  it("GCM-6: more tenants than fit in memory change nothing but the time it takes", async () => {
    const { keyring } = movable();
    const contextOf = (index: number) => ({ ...CONTEXT, identity: [`m${index}`, "kind"] });
    const envelopes: string[] = [];
    for (let index = 0; index < 1_100; index += 1) {
      envelopes.push(await seal(keyring, contextOf(index), `text ${index}`));
    }
    for (const index of [0, 50, 99, 100, 1_099]) {
      expect(await open(keyring, contextOf(index), envelopes[index] ?? "")).toBe(`text ${index}`);
    }
    expect(await sealOne(keyring, contextOf(0))).not.toBe(headOf(envelopes[0] ?? ""));
    expect(await sealOne(keyring, contextOf(1_099))).toBe(headOf(envelopes[1_099] ?? ""));
  });
});

/** Sealed by the code of before, under `k1` and `k2`. */
const FIRST_FORM_CONTEXT: EnvelopeContext = {
  purpose: "vault",
  identity: ["alpha", "api_key", "ak_1"],
};
const FIRST_FORM = {
  k1: "fp1.k1.VVCMtTj3uEHiDOR-bJfFvzRTCtwDKL_05Skd8jCEfmlvgzMlcRBJqcj7QPLDO_JNsBQydY_aR6i98pEN.xvN05s86V5F-je-SWzCElb1E6Ui0Ys7ft5wqjfKgZVGB53O-HF8tWhI",
  k2: "fp1.k2.z1NAFLDt4IGF1AnofTnxS6iCqOqcz8dpT51NQVz99YllgvQa7RPqTD5-DqsOq_l1erb3xdD4jPsah3aZ.gnFPaT-78cxf7Vm1LlwaOncXlgVHTOG5BpiUzjCfMff21XGLS3yR_E0",
} as const;

describe("envelopes of the first form", () => {
  it.each(["k1", "k2"] as const)("I12: one under %s opens, whatever is current", async (root) => {
    const { at, keyring } = movable();
    for (const generation of [1, 2, 9]) {
      at.generation = generation;
      expect(await open(keyring, FIRST_FORM_CONTEXT, FIRST_FORM[root])).toBe(`kept since ${root}`);
    }
  });

  it("GCM-4: it opens in its own context alone", async () => {
    for (const identity of [["beta", "api_key", "ak_1"], ["alpha"], []]) {
      const context = { ...FIRST_FORM_CONTEXT, identity };
      expect(await open(KEYRING, context, FIRST_FORM.k1)).toBeUndefined();
    }
    const parts = FIRST_FORM.k1.split(".");
    const mixed = parts.with(3, FIRST_FORM.k2.split(".")[3] ?? "").join(".");
    expect(await open(KEYRING, FIRST_FORM_CONTEXT, mixed)).toBeUndefined();
  });

  it("GCM-8: rewrapping seals it anew in the second form", async () => {
    const { at, keyring } = movable();
    at.generation = 3;
    const anew = (await rewrap(keyring, FIRST_FORM_CONTEXT, FIRST_FORM.k1)) ?? "";
    expect(anew).toMatch(/^fp2\.k2\.3\./);
    expect(await open(keyring, FIRST_FORM_CONTEXT, anew)).toBe("kept since k1");
  });
});

describe("rewrap", () => {
  it("GCM-8: the same text and ciphertext, its data key wrapped by the current key", async () => {
    const { at, keyring } = movable();
    const before = await seal(keyring, CONTEXT, "text");
    at.generation = 2;
    const after = (await rewrap(keyring, CONTEXT, before)) ?? "";
    expect(await open(keyring, CONTEXT, after)).toBe("text");
    const [, root, generation, id, wrapped, text] = after.split(".");
    const parts = before.split(".");
    expect([root, generation, id, text]).toEqual(["k2", "2", parts[3], parts[5]]);
    expect(wrapped).not.toBe(parts[4]);
    expect(kekOf(after)).toEqual({ rootId: "k2", generation: 2 });
  });

  it("GCM-8: run twice, it does nothing the second time", async () => {
    const { at, keyring } = movable();
    const before = await seal(keyring, CONTEXT, "text");
    expect(await rewrap(keyring, CONTEXT, before)).toBe(before);
    at.generation = 5;
    const after = await rewrap(keyring, CONTEXT, before);
    expect(await rewrap(keyring, CONTEXT, after ?? "")).toBe(after);
  });

  it("GCM-4: in another context it gives nothing", async () => {
    const { at, keyring } = movable();
    const before = await seal(keyring, CONTEXT, "text");
    at.generation = 2;
    const other = { ...CONTEXT, identity: ["alpha", "phonepe", "v2"] };
    expect(await rewrap(keyring, other, before)).toBeUndefined();
  });

  it("I12: through any rotations and rewraps every envelope goes on opening", async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant("rotate" as const) }),
      fc.record({ type: fc.constant("root" as const) }),
      fc.record({ type: fc.constant("seal" as const), context: contexts }),
      fc.record({ type: fc.constant("rewrap" as const), at: fc.nat(20) }),
      fc.record({ type: fc.constant("restart" as const) }),
    );
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      let current: "k1" | "k2" = "k1";
      let generation = 1;
      const isolate = () =>
        parseKeyring(TEST_MASTER_KEYS.replace('"current":"k2"', `"current":"${current}"`), {
          nowMs: () => 0,
          generations: { of: () => generation, learn: () => undefined },
        });
      let keyring = isolate();
      const kept: { context: EnvelopeContext; text: string; envelope: string }[] = [];
      for (const [index, each] of steps.entries()) {
        if (each.type === "rotate") generation += 1;
        if (each.type === "root") current = current === "k1" ? "k2" : "k1";
        if (each.type === "root" || each.type === "restart") keyring = isolate();
        if (each.type === "seal") {
          const text = `text ${index}`;
          const { context } = each;
          kept.push({ context, text, envelope: await seal(keyring, context, text) });
        }
        const found = each.type === "rewrap" ? kept[each.at] : undefined;
        if (found) found.envelope = (await rewrap(keyring, found.context, found.envelope)) ?? "";
        for (const { context, text, envelope } of kept) {
          expect(await open(keyring, context, envelope)).toBe(text);
        }
      }
    });
    await fc.assert(property, { numRuns: 60 });
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
    expect(fresh.startsWith("fp2.k2.")).toBe(true);
    expect(await open(before, CONTEXT, fresh)).toBeUndefined();
  });

  it("GCM-10: without its root nothing opens", async () => {
    const old = await seal(keys("k1", "k1"), CONTEXT, "old");
    const without = keys("k2", "k2");
    expect(await open(without, CONTEXT, old)).toBeUndefined();
    expect(await rewrap(without, CONTEXT, old)).toBeUndefined();
    expect(await open(without, FIRST_FORM_CONTEXT, FIRST_FORM.k1)).toBeUndefined();
    // Its name stays readable: what is lost can be told.
    expect(kekOf(old)).toEqual({ rootId: "k1", generation: 1 });
  });
});
