import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { merchantIdSchema } from "#base";
import { makeApiKeySource } from "#vault";
import { configOf } from "../../src/env.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const MADE = "ak_AAAAAAAAAAAA_alpha";
const NEWER = "ak_BBBBBBBBBBBB_alpha";
const START_MS = 1_795_000_000_000;

let nowMs = START_MS;
beforeEach(() => {
  nowMs = START_MS;
});

const key = (id: string, more: object = {}) => ({
  id,
  secret: `secret of ${id}`,
  scopes: ["payments:read"],
  tier: "plus",
  allowIps: null,
  endsAtMs: null,
  ...more,
});
type Key = ReturnType<typeof key>;

/** Lets all others go on so many times. */
async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
}

/** An isolate, and the world around it as the test wants it. */
function isolate(given: { vault?: Key[]; copy?: Key[] } = {}) {
  const state = {
    vault: given.vault ?? [key(MADE)],
    copy: given.copy ? JSON.stringify(given.copy) : undefined,
    asks: 0,
    reads: 0,
    /** How long a hop takes, in turns. */
    turns: 1,
  };
  const faults = { vault: false, copy: false };
  const hop = () => pass(state.turns);
  const find = makeApiKeySource({
    nowMs: () => nowMs,
    // A millisecond of the tests' clock is a turn.
    sleep: async (ms) => {
      const untilMs = nowMs + ms;
      await pass(ms);
      nowMs = Math.max(nowMs, untilMs);
    },
    directory: configOf(env).directory,
    readCopy: async (merchantId) => {
      state.reads += 1;
      await hop();
      if (faults.copy) throw new Error("KV is down");
      return merchantId === ALPHA ? state.copy : undefined;
    },
    askVault: async (merchantId) => {
      state.asks += 1;
      const answer = JSON.stringify(merchantId === ALPHA ? state.vault : []);
      await hop();
      if (faults.vault) throw new Error("the vault is down");
      return answer;
    },
  });
  return { find, state, faults };
}

const invented = (at: number) => `ak_${at.toString(36).padStart(12, "0")}_alpha`;

describe("where API keys come from", () => {
  it("design.md: the configuration first, at once", () => {
    const { find, state } = isolate();
    expect(find("ak_alpha")).toMatchObject({ id: "ak_alpha", revoked: false });
    expect(state).toMatchObject({ asks: 0, reads: 0 });
  });

  it("api.md 1: a key of the vault has exactly what it was made with", async () => {
    const { find } = isolate({ vault: [key(MADE, { allowIps: ["192.0.2.0/24"] })] });
    expect(await find(MADE)).toEqual({
      id: MADE,
      secret: `secret of ${MADE}`,
      scopes: new Set(["payments:read"]),
      tier: "plus",
      revoked: false,
      allowIps: [{ network: [0xc000, 0x0200], prefixBits: 24 }],
      merchant: configOf(env).directory.merchants.get(ALPHA),
    });
  });

  it("api.md 4: a rule of addresses that does not read admits nobody", async () => {
    const { find } = isolate({ vault: [key(MADE, { allowIps: ["nonsense"] })] });
    expect((await find(MADE))?.allowIps).toEqual([]);
  });

  it("design.md: memory for a minute, then KV", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    for (let call = 0; call < 100; call += 1) expect(find(MADE)).toMatchObject({ id: MADE });
    nowMs += 59_999;
    expect(find(MADE)).toMatchObject({ id: MADE });
    expect(state).toMatchObject({ asks: 0, reads: 1 });
    nowMs += 1;
    expect(find(MADE)).toBeInstanceOf(Promise);
    expect(state).toMatchObject({ asks: 0, reads: 2 });
  });

  it("design.md: without a copy the vault is asked, once a minute", async () => {
    const { find, state } = isolate();
    for (let call = 0; call < 10; call += 1) expect(await find(MADE)).toMatchObject({ id: MADE });
    expect(state).toMatchObject({ asks: 1, reads: 1 });
    nowMs += 60_000;
    await find(MADE);
    expect(state).toMatchObject({ asks: 2, reads: 2 });
  });

  it("GCM-8: a copy of another version's form is none", async () => {
    const { find, state } = isolate();
    state.copy = JSON.stringify([{ id: MADE, secret: "x" }]);
    expect(await find(MADE)).toMatchObject({ secret: `secret of ${MADE}` });
    expect(state.asks).toBe(1);
  });

  it("I12: when memory has grown old one request reads for all", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    nowMs += 60_000;
    state.turns = 50;
    const found = await Promise.all(Array.from({ length: 200 }, async () => find(MADE)));
    expect(found.every((apiKey) => apiKey?.id === MADE)).toBe(true);
    expect(state.reads).toBe(2);
  });
});

describe("keys that were just made", () => {
  it("I12: an isolate with an older memory finds one at once", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    state.vault = [key(MADE), key(NEWER)];
    expect(await find(NEWER)).toMatchObject({ id: NEWER });
    expect(state).toMatchObject({ asks: 1, reads: 1 });
    expect(find(NEWER)).toMatchObject({ id: NEWER });
  });

  it("I12: an older copy takes back nothing that the vault said", async () => {
    const { find, state } = isolate({ copy: [key(MADE)], vault: [key(MADE), key(NEWER)] });
    await find(NEWER);
    nowMs += 60_000;
    expect(await find(NEWER)).toMatchObject({ id: NEWER });
    expect(state).toMatchObject({ asks: 1, reads: 2 });
  });

  it.each([0, 5, 200])(
    "I12: 200 requests at once find it on a warm isolate; a hop takes %d turns",
    async (turns) => {
      const { find, state } = isolate({ copy: [key(MADE)] });
      await find(MADE);
      state.vault = [key(MADE), key(NEWER)];
      state.turns = turns;
      const found = await Promise.all(Array.from({ length: 200 }, async () => find(NEWER)));
      expect(found.filter((apiKey) => apiKey?.id !== NEWER)).toEqual([]);
      expect(state.asks).toBeLessThanOrEqual(21);
    },
  );

  it.each([0, 5, 200])(
    "I12: 200 requests at once find a key on a cold isolate without a copy; a hop takes %d turns",
    async (turns) => {
      const { find, state } = isolate();
      state.turns = turns;
      const found = await Promise.all(Array.from({ length: 200 }, async () => find(MADE)));
      expect(found.filter((apiKey) => apiKey?.id !== MADE)).toEqual([]);
      expect(state.asks).toBeLessThanOrEqual(21);
    },
  );

  it("I12: a flood of invented ids hides no living key", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    await Promise.all(Array.from({ length: 100 }, async (_, at) => find(invented(at))));
    state.vault = [key(MADE), key(NEWER)];
    const flood = Array.from({ length: 100 }, async (_, at) => find(invented(1_000 + at)));
    expect(await find(NEWER)).toMatchObject({ id: NEWER });
    expect(new Set(await Promise.all(flood))).toEqual(new Set([undefined]));
  });
});

describe("ends of keys", () => {
  it("I11: a key is revoked here from its end on", async () => {
    const { find } = isolate({ vault: [key(MADE, { endsAtMs: START_MS + 1_000 })] });
    expect(await find(MADE)).toMatchObject({ revoked: false });
    nowMs += 999;
    expect(find(MADE)).toMatchObject({ revoked: false });
    nowMs += 1;
    expect(find(MADE)).toMatchObject({ revoked: true });
  });

  it("I11: an older copy takes no end back", async () => {
    const { find } = isolate({ copy: [key(MADE)], vault: [key(MADE, { endsAtMs: 0 })] });
    await find(NEWER); // asks the vault
    expect(find(MADE)).toMatchObject({ revoked: true });
    nowMs += 60_000;
    expect(await find(MADE)).toMatchObject({ revoked: true });
  });
});

describe("invented ids", () => {
  it("API-4: twenty questions at once, one more a second, and no reads while memory is fresh", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    for (let at = 0; at < 20; at += 1) expect(await find(invented(at))).toBeUndefined();
    expect(state).toMatchObject({ asks: 20, reads: 1 });
    const beforeMs = nowMs;
    for (let at = 20; at < 30; at += 1) expect(await find(invented(at))).toBeUndefined();
    const seconds = (nowMs - beforeMs) / 1_000;
    expect(state.asks).toBeLessThanOrEqual(20 + seconds + 1);
    expect(state.reads).toBe(1);
  });

  it("API-4: a thousand at once cost the same, and no more than 500 wait", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    const beforeMs = nowMs;
    const all = Array.from({ length: 1_000 }, async (_, at) => find(invented(at)));
    expect(new Set(await Promise.all(all))).toEqual(new Set([undefined]));
    expect(state.asks).toBeLessThanOrEqual(20 + (nowMs - beforeMs) / 1_000 + 1);
    expect(find(MADE)).toMatchObject({ id: MADE });
  });

  it("API-4: a merchant's flood is its own", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    for (let at = 0; at < 20; at += 1) await find(invented(at));
    const before = state.asks;
    await find("ak_AAAAAAAAAAAA_beta");
    expect(state.asks).toBe(before + 1);
  });

  it.each([
    "",
    "ak_none",
    "ak_AAAAAAAAAAAA_",
    "ak_AAAAAAAAAAAA_nobody",
    "ak_AAAAAAAAAAAA_ALPHA",
    "ak_AAAAAAAAAAAA___proto__",
    "__proto__",
    "constructor",
    `ak_AAAAAAAAAAAA_${"a".repeat(10_000)}`,
  ])("API-4: an id that names no merchant costs nothing: %s", (id) => {
    const { find, state } = isolate();
    expect(find(id)).toBeUndefined();
    expect(state).toMatchObject({ asks: 0, reads: 0 });
  });
});

describe("while KV or the vault is down", () => {
  it("I12: without KV the vault answers", async () => {
    const { find, faults } = isolate();
    faults.copy = true;
    expect(await find(MADE)).toMatchObject({ id: MADE });
  });

  it("I12: a key that is known goes on without both, and is tried again every five seconds", async () => {
    const { find, state, faults } = isolate();
    await find(MADE);
    faults.copy = true;
    faults.vault = true;
    nowMs += 3_600_000;
    expect(await find(MADE)).toMatchObject({ id: MADE });
    const before = state.asks;
    for (let call = 0; call < 100; call += 1) expect(await find(MADE)).toMatchObject({ id: MADE });
    expect(state.asks).toBe(before);
    nowMs += 5_000;
    faults.vault = false;
    state.vault = [key(MADE, { endsAtMs: 0 })];
    expect(await find(MADE)).toMatchObject({ revoked: true });
  });

  it("I11: an end that is known counts without both", async () => {
    const { find, faults } = isolate({ vault: [key(MADE, { endsAtMs: START_MS + 90_000 })] });
    await find(MADE);
    faults.copy = true;
    faults.vault = true;
    nowMs += 90_000;
    expect(await find(MADE)).toMatchObject({ revoked: true });
  });

  it("I12: nobody calls an id unknown that could not be looked up", async () => {
    const { find, faults } = isolate();
    faults.copy = true;
    faults.vault = true;
    const all = await Promise.allSettled(Array.from({ length: 600 }, async () => find(MADE)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  });

  it("I12: nor does a memory that has grown old", async () => {
    const { find, faults } = isolate();
    await find(MADE);
    faults.copy = true;
    faults.vault = true;
    nowMs += 60_000;
    const all = await Promise.allSettled(Array.from({ length: 100 }, async () => find(NEWER)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    expect(await find(MADE)).toMatchObject({ id: MADE });
  });

  it("I12: a configured key needs neither", () => {
    const { find, faults } = isolate();
    faults.copy = true;
    faults.vault = true;
    expect(find("ak_alpha")).toMatchObject({ id: "ak_alpha" });
  });
});
