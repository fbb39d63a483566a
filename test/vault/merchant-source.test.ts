import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { merchantIdSchema } from "#base";
import { makeMerchantSource, type SnapshotQuestion } from "#vault";
import { configOf } from "../../src/env.ts";

type FcValue<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

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

interface VaultState {
  revision: number;
  keys: Key[];
  config: { version: number; content: object } | null;
  credentials: object[];
}
const vaultOf = (keys: Key[], more: Partial<VaultState> = {}): VaultState => ({
  revision: keys.length,
  keys,
  config: null,
  credentials: [],
  ...more,
});

/** An isolate, and the world around it as the test wants it. */
function isolate(given: { vault?: Key[]; copy?: Key[] } = {}) {
  const state = {
    vault: vaultOf(given.vault ?? [key(MADE)]),
    copy: given.copy ? JSON.stringify(vaultOf(given.copy)) : undefined,
    asks: 0,
    reads: 0,
    /** How the vault was asked. */
    questions: [] as SnapshotQuestion[],
    /** How long a hop takes, in turns. */
    turns: 1,
  };
  const faults = { vault: false, copy: false };
  const beside: Promise<void>[] = [];
  const logs: string[] = [];
  const hop = () => pass(state.turns);
  const source = makeMerchantSource({
    nowMs: () => nowMs,
    // A millisecond of the tests' clock is a turn.
    sleep: async (ms) => {
      const untilMs = nowMs + ms;
      await pass(ms);
      nowMs = Math.max(nowMs, untilMs);
    },
    log: (_, message) => logs.push(message),
    directory: configOf(env).directory,
    memory: new Map(),
    beside: (work) => beside.push(work),
    readCopy: async (merchantId) => {
      state.reads += 1;
      await hop();
      if (faults.copy) throw new Error("KV is down");
      return merchantId === ALPHA ? state.copy : undefined;
    },
    askVault: async (merchantId, question) => {
      state.asks += 1;
      state.questions.push(question);
      const { vault } = state;
      const answer = merchantId === ALPHA ? vault : vaultOf([]);
      const text = answer.revision === question.knownRevision ? null : JSON.stringify(answer);
      await hop();
      if (faults.vault) throw new Error("the vault is down");
      return text;
    },
  });
  /** What went on beside the requests is over. */
  const settled = async () => {
    await Promise.all(beside.splice(0));
  };
  return { source, find: source.apiKey, state, faults, settled, logs };
}

const configOfVersion = (version: number, more: object = {}) => ({
  version,
  content: { ...more, origins: [`https://v${version}.example`] },
});

const invented = (at: number) => `ak_${at.toString(36).padStart(12, "0")}_alpha`;

describe("where API keys come from", () => {
  it("design.md: a key of the configuration from memory, at once", async () => {
    const { find, source, state } = isolate({ copy: [] });
    await source.merchant(ALPHA);
    expect(find("ak_alpha")).toMatchObject({ id: "ak_alpha", revoked: false });
    expect(state).toMatchObject({ reads: 1 });
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

  it("design.md: memory for less than a minute, then KV", async () => {
    const { find, state } = isolate({ copy: [key(MADE)] });
    await find(MADE);
    for (let call = 0; call < 100; call += 1) expect(find(MADE)).toMatchObject({ id: MADE });
    nowMs += 24_999;
    expect(find(MADE)).toMatchObject({ id: MADE });
    expect(state).toMatchObject({ reads: 1 });
    nowMs += 60_000;
    expect(find(MADE)).toBeInstanceOf(Promise);
    expect(state).toMatchObject({ reads: 2 });
  });

  it("design.md: without a copy the vault is asked, which is told that KV has none", async () => {
    const { find, state } = isolate();
    for (let call = 0; call < 10; call += 1) expect(await find(MADE)).toMatchObject({ id: MADE });
    expect(state).toMatchObject({ asks: 1, reads: 1 });
    expect(state.questions).toEqual([{ knownRevision: null, copyMissing: true }]);
    nowMs += 60_000;
    await find(MADE);
    expect(state).toMatchObject({ asks: 2, reads: 2 });
  });

  it("GCM-8: a copy of another version's form is none", async () => {
    const { find, state } = isolate();
    state.copy = JSON.stringify({ revision: 9, keys: [{ id: MADE, secret: "x" }] });
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
    state.vault = vaultOf([key(MADE), key(NEWER)]);
    expect(await find(NEWER)).toMatchObject({ id: NEWER });
    expect(state).toMatchObject({ asks: 1, reads: 1 });
    expect(find(NEWER)).toMatchObject({ id: NEWER });
  });

  it("I12: an older copy takes back nothing that the vault said", async () => {
    const { find, state } = isolate({ copy: [key(MADE)], vault: [key(MADE), key(NEWER)] });
    await find(NEWER);
    nowMs += 60_000;
    expect(await find(NEWER)).toMatchObject({ id: NEWER });
    expect(state).toMatchObject({ asks: 2, reads: 2 });
  });

  it.each([0, 5, 200])(
    "I12: 200 requests at once find it on a warm isolate; a hop takes %d turns",
    async (turns) => {
      const { find, state } = isolate({ copy: [key(MADE)] });
      await find(MADE);
      state.vault = vaultOf([key(MADE), key(NEWER)]);
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
    state.vault = vaultOf([key(MADE), key(NEWER)]);
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
    const { find, state } = isolate({ copy: [key(MADE)] });
    state.vault = vaultOf([key(MADE, { endsAtMs: 0 })], { revision: 2 });
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
    state.vault = vaultOf([key(MADE, { endsAtMs: 0 })], { revision: 2 });
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

  it("I12: a configured key needs neither, nor does a merchant, and soon nobody waits for them", async () => {
    const { find, source, faults, state, logs } = isolate();
    faults.copy = true;
    faults.vault = true;
    expect(await find("ak_alpha")).toMatchObject({ id: "ak_alpha" });
    expect(logs).toEqual(["neither KV nor the vault answers for a merchant"]);
    expect(find("ak_alpha")).toMatchObject({ id: "ak_alpha" });
    expect(source.merchant(ALPHA)).toMatchObject({ id: "alpha", configVersion: 0 });
    expect(state.asks).toBe(1);
    nowMs += 5_000;
    faults.vault = false;
    state.vault = vaultOf([], { revision: 1, config: configOfVersion(7) });
    expect(await find("ak_alpha")).toMatchObject({ merchant: { configVersion: 7 } });
  });

  it("I12: 600 requests at once that nobody answers all go on with BOOTSTRAP", async () => {
    const { source, faults } = isolate();
    faults.copy = true;
    faults.vault = true;
    const all = Array.from({ length: 600 }, async () => source.merchant(ALPHA));
    expect((await Promise.all(all)).every((one) => one?.configVersion === 0)).toBe(true);
  });
});

describe("settings of the vault", () => {
  const phonepe = (name: string) => ({
    clientId: `CLIENT_${name}`,
    clientSecret: `secret-${name}`,
    clientVersion: 2,
    webhookUsername: `user_${name}`,
    webhookPassword: `password_${name}`,
  });
  const credential = (value: object, more: object = {}) => ({
    name: "phonepe",
    value,
    accepted: [],
    ...more,
  });

  it("design.md 9: a configuration covers that of BOOTSTRAP whole, with the defaults of the code", async () => {
    const { source, state } = isolate();
    state.vault = vaultOf([], {
      revision: 1,
      config: configOfVersion(3, { allowIps: ["192.0.2.0/24"] }),
    });
    expect(await source.merchant(ALPHA)).toMatchObject({
      id: "alpha",
      configVersion: 3,
      origins: new Set(["https://v3.example"]),
      allowIps: [{ network: [0xc000, 0x0200], prefixBits: 24 }],
      jwk: undefined,
      risk: { mode: "shadow", blockCustomers: [] },
      requireEncryption: false,
      phonepe: { clientId: "CLIENT_ALPHA" },
    });
    expect(await source.apiKey("ak_alpha")).toMatchObject({ merchant: { configVersion: 3 } });
  });

  it("design.md 8: a credential covers that of its name, and no other", async () => {
    const { source, state } = isolate();
    state.vault = vaultOf([], { revision: 1, credentials: [credential(phonepe("new"))] });
    expect(await source.merchant(ALPHA)).toMatchObject({
      configVersion: 0,
      phonepe: { clientId: "CLIENT_new", webhookPrevious: [] },
      jwk: { kty: "EC" },
    });
  });

  it("PP-11: what a replaced one proves is accepted until its overlap ends, by this isolate's clock", async () => {
    const { source, state } = isolate();
    const accepted = [
      { value: { username: "u2", password: "p2" }, untilMs: START_MS + 20_000 },
      { value: { username: "u1", password: "p1" }, untilMs: START_MS + 10_000 },
    ];
    state.vault = vaultOf([], {
      revision: 1,
      credentials: [credential(phonepe("new"), { accepted })],
    });
    const users = async () =>
      (await source.merchant(ALPHA))?.phonepe?.webhookPrevious?.map(({ username }) => username);
    expect(await users()).toEqual(["u2", "u1"]);
    nowMs += 10_000;
    expect(await users()).toEqual(["u2"]);
    nowMs += 10_000;
    expect(await users()).toEqual([]);
  });

  it("GCM-8: settings that this version would refuse are as good as no answer", async () => {
    const { source, state } = isolate();
    state.vault = vaultOf([], { revision: 1, credentials: [credential({ clientId: 7 })] });
    expect(await source.merchant(ALPHA)).toMatchObject({ phonepe: { clientId: "CLIENT_ALPHA" } });
  });

  it("design.md 9: a change made in this isolate counts at once", async () => {
    const { source, state } = isolate({ copy: [] });
    await source.merchant(ALPHA);
    state.vault = vaultOf([], { revision: 5, config: configOfVersion(1) });
    await source.renew(ALPHA);
    expect(source.merchant(ALPHA)).toMatchObject({ configVersion: 1 });
  });

  it("perf.md: a warm isolate asks beside its requests, after half a minute, and only for what is newer", async () => {
    const { source, state, settled } = isolate();
    await source.merchant(ALPHA);
    nowMs += 29_999;
    void source.merchant(ALPHA);
    expect(state.asks).toBe(1);
    nowMs += 1;
    for (let call = 0; call < 100; call += 1) {
      expect(source.merchant(ALPHA)).toMatchObject({ configVersion: 0 });
    }
    await settled();
    expect(state).toMatchObject({ asks: 2, reads: 1 });
    expect(state.questions.at(-1)).toEqual({ knownRevision: 1, copyMissing: false });
  });

  it("design.md 9: an isolate that begins with a copy asks the vault beside its next request", async () => {
    const { source, state, settled } = isolate({ copy: [] });
    state.vault = vaultOf([], { revision: 5, config: configOfVersion(1) });
    expect(await source.merchant(ALPHA)).toMatchObject({ configVersion: 0 });
    void source.merchant(ALPHA);
    await settled();
    expect(source.merchant(ALPHA)).toMatchObject({ configVersion: 1 });
  });

  it("I12: an answer that was overtaken takes nothing back", async () => {
    const { source, state, settled } = isolate();
    state.vault = vaultOf([], { revision: 1, config: configOfVersion(1) });
    await source.merchant(ALPHA);
    nowMs += 30_000;
    state.turns = 100;
    state.vault = vaultOf([], { revision: 2, config: configOfVersion(2) });
    void source.merchant(ALPHA); // asks, and its answer is slow
    state.turns = 1;
    state.vault = vaultOf([], { revision: 3, config: configOfVersion(3) });
    await source.renew(ALPHA);
    await settled();
    expect(source.merchant(ALPHA)).toMatchObject({ configVersion: 3 });
  });

  it("GCM-8: a vault that was put back to an older state is believed", async () => {
    const { source, state } = isolate();
    state.vault = vaultOf([], { revision: 9, config: configOfVersion(9) });
    await source.merchant(ALPHA);
    state.vault = vaultOf([], { revision: 2, config: configOfVersion(2) });
    await source.renew(ALPHA);
    expect(source.merchant(ALPHA)).toMatchObject({ configVersion: 2 });
  });

  it("I12: what is known goes on for hours while neither answers", async () => {
    const { source, state, faults, settled } = isolate();
    state.vault = vaultOf([], { revision: 1, config: configOfVersion(4) });
    await source.merchant(ALPHA);
    faults.copy = true;
    faults.vault = true;
    for (let hour = 0; hour < 24; hour += 1) {
      nowMs += 3_600_000;
      expect(await source.merchant(ALPHA)).toMatchObject({ configVersion: 4 });
    }
    await settled();
  });

  it("design.md 9: all merchants are those of BOOTSTRAP, each as it counts now", async () => {
    const { source, state } = isolate();
    state.vault = vaultOf([], { revision: 1, config: configOfVersion(4) });
    const all = await source.all();
    expect([...all].map(([id, { configVersion }]) => [String(id), configVersion])).toEqual([
      ["alpha", 4],
      ["beta", 0],
      ["gamma", 0],
      ["delta", 0],
    ]);
  });

  it("design.md 9: whatever comes when, no request is served by what was replaced over 60 s before", async () => {
    const steps = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 40_000 }),
        change: fc.boolean(),
        /** How far KV lags behind what was written. */
        lagMs: fc.integer({ min: 0, max: 30_000 }),
        copyLost: fc.boolean(),
        copyFails: fc.boolean(),
      }),
      { minLength: 1, maxLength: 40 },
    );
    const run = async (plan: FcValue<typeof steps>) => {
      nowMs = START_MS;
      const { source, state, faults, settled } = isolate();
      const changes = [{ atMs: -Infinity, version: 0 }];
      for (const { waitMs, change, lagMs, copyLost, copyFails } of plan) {
        nowMs += waitMs;
        if (change) changes.push({ atMs: nowMs, version: changes.length });
        const versionAt = (atMs: number) =>
          changes.findLast((one) => one.atMs <= atMs)?.version ?? 0;
        const stateAt = (atMs: number) => {
          const version = versionAt(atMs);
          const config = version === 0 ? null : configOfVersion(version);
          return vaultOf([], { revision: version, config });
        };
        state.vault = stateAt(nowMs);
        state.copy = copyLost ? undefined : JSON.stringify(stateAt(nowMs - lagMs));
        faults.copy = copyFails;
        const served = await source.merchant(ALPHA);
        expect(served?.configVersion).toBeGreaterThanOrEqual(versionAt(nowMs - 60_000));
        await settled();
      }
    };
    await fc.assert(fc.asyncProperty(steps, run), { numRuns: 300 });
  });
});
