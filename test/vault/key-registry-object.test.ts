import { env } from "cloudflare:workers";
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import * as z from "zod";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, merchantIdSchema, MINUTE_MS } from "#base";
import { parseKeyring, seal } from "#vault";
import { configOf } from "../../src/env.ts";
import { kekOf } from "../../src/vault/envelope.ts";
import { KEY_NAMES } from "../../src/vault/key-registry.ts";
import { copyName, openSnapshot } from "../../src/wiring/merchants.ts";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";
import { KeyRegistryObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const ORDER = {
  name: "shop",
  scopes: ["payments:read" as const],
  tier: "standard" as const,
  allowIps: null,
  expiresAtMs: null,
  rotateEveryDays: 90,
};

const BY = { keyId: "ak_alpha", requestId: "req_test", address: null };

const registry = () => env.KEY_REGISTRY.getByName("gateway");
const runAlarm = () => runDurableObjectAlarm(registry());
const progress = async () => (await registry().inventory()).rewrap;
const keyNamed = async (id: string) =>
  (await registry().inventory()).keys.find((key) => key.id === id);
const alarmInMs = async () => {
  const atMs = await runInDurableObject(registry(), (_, { storage }) => storage.getAlarm());
  return (atMs ?? 0) - world.nowMs();
};
const copy = async () => JSON.parse((await env.TOKENS.get("key-generations")) ?? "null");

async function makeKey(): Promise<string> {
  const made = await env.VAULTS.getByName(ALPHA).createKey(ORDER, BY);
  if (!made.ok) throw new Error(made.refusal);
  return made.value.secret;
}
const rowSchema = z.object({ id: z.string(), record: z.string(), sealed_secret: z.string() });
const rows = () =>
  runInDurableObject(env.VAULTS.getByName(ALPHA), (_, { storage }) =>
    rowSchema.array().parse(storage.sql.exec("SELECT * FROM api_keys").toArray()),
  );
const sealedSecrets = async () => (await rows()).map((row) => row.sealed_secret);

/** The row of a key that nobody made, beside the others. */
async function addRow(id: string, sealed: string): Promise<void> {
  const [row] = await rows();
  const record = row?.record.replaceAll(row.id, id) ?? "";
  await runInDurableObject(env.VAULTS.getByName(ALPHA), (_, { storage }) => {
    storage.sql.exec("INSERT INTO api_keys VALUES (?, ?, ?, NULL)", id, record, sealed);
  });
}

/** One of the vaults does not answer until the spy is restored. */
function vaultFails(name: string) {
  const real = env.VAULTS.getByName.bind(env.VAULTS);
  return vi.spyOn(env.VAULTS, "getByName").mockImplementation((asked) => {
    if (asked === name) throw new Error("the vault is down");
    return real(asked);
  });
}

beforeEach(async () => {
  world.renew();
  // A day ahead: no alarm comes by itself.
  world.offsetMs = DAY_MS;
  await runInDurableObject(registry(), async (_, { storage }) => {
    storage.kv.delete("registry");
    storage.sql.exec("DELETE FROM stores");
    await storage.deleteAlarm();
  });
  await runInDurableObject(env.VAULTS.getByName(ALPHA), (_, { storage }) => {
    storage.sql.exec("DELETE FROM api_keys");
  });
  await env.TOKENS.delete("key-generations");
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("rotate", () => {
  it("api.md 7: all names get their next version, which outlives the object's memory", async () => {
    const [pairs] = await env.PAYLOAD_KEYS.getByName("gateway").generations();
    const jwe = (pairs?.version ?? 0) + 1;
    const { versions } = await registry().rotate(KEY_NAMES);
    expect(versions).toEqual({ master: 2, vault: 2, tokens: 2, api: 2, webhook: 2, jwe });
    await abortAllDurableObjects();
    const again = await registry().rotate(["master", "jwe"]);
    expect(again.versions).toEqual({ master: 3, jwe: jwe + 1 });
    expect(await registry().generations()).toEqual({
      tokens: 3,
      vault: 3,
      "payload-keys": 3,
      audit: 3,
      backup: 3,
    });
  });

  it("GCM-8: rotations at once are all counted", async () => {
    await Promise.all(Array.from({ length: 5 }, () => registry().rotate(["vault", "tokens"])));
    expect(await registry().generations()).toEqual({
      tokens: 6,
      vault: 6,
      "payload-keys": 1,
      audit: 1,
      backup: 1,
    });
  });

  it("GCM-8: jwe makes the next pairs, and the old ones still decrypt", async () => {
    const before = await env.PAYLOAD_KEYS.getByName("gateway").generations();
    await registry().rotate(["jwe"]);
    const after = await env.PAYLOAD_KEYS.getByName("gateway").generations();
    expect(after).toHaveLength(before.length + 1);
    expect(after.slice(1).map(({ keys }) => keys[0]?.kid)).toEqual(
      before.map(({ keys }) => keys[0]?.kid),
    );
  });

  it("I12: while the payload keys' object is away, nothing is rotated", async () => {
    await registry().generations();
    vi.spyOn(env.PAYLOAD_KEYS, "getByName").mockImplementation(() => {
      throw new Error("the object is down");
    });
    const failure = await runInDurableObject(registry(), (object: KeyRegistryObject) =>
      object.rotate(KEY_NAMES).catch(String),
    );
    expect(failure).toContain("the object is down");
    expect(await registry().generations()).toEqual({
      tokens: 1,
      vault: 1,
      "payload-keys": 1,
      audit: 1,
      backup: 1,
    });
    expect((await registry().rotate(["master"])).versions).toEqual({ master: 2 });
  });
});

describe("wrapping anew", () => {
  it("GCM-8: goes through all stores, and what they hold opens as before", async () => {
    const secret = await makeKey();
    const { generations } = await registry().rotate(["vault"]);
    await runAlarm();
    expect(await progress()).toMatchObject({ state: "planned", left: 0, failed: 0, unreadable: 0 });
    expect((await progress()).done).toBeGreaterThanOrEqual(9);
    const sealed = (await env.TOKENS.get(copyName(ALPHA))) ?? "";
    for (const envelope of [...(await sealedSecrets()), sealed]) {
      // The isolate may have learned a later one in another test.
      expect(kekOf(envelope)?.generation).toBeGreaterThanOrEqual(generations.vault ?? Infinity);
    }
    expect(await openSnapshot(configOf(env), ALPHA, sealed)).toContain(secret);
    expect(await copy()).toEqual(generations);
  });

  it("GCM-8: once more after five minutes, for what isolates have sealed meanwhile", async () => {
    await registry().rotate(["vault"]);
    await runAlarm();
    expect(await alarmInMs()).toBeGreaterThan(5 * MINUTE_MS - 10_000);
    expect(await alarmInMs()).toBeLessThanOrEqual(5 * MINUTE_MS);
    expect(await keyNamed("root/k1")).toMatchObject({ inUse: true });
    world.offsetMs += 5 * MINUTE_MS;
    await runAlarm();
    expect((await progress()).state).toBe("done");
    expect(await alarmInMs()).toBeGreaterThan(DAY_MS - 10_000);
  });

  it("GCM-8: run again without a change, it writes nothing", async () => {
    await makeKey();
    await registry().rotate(["vault"]);
    await runAlarm();
    const before = await sealedSecrets();
    world.offsetMs += 5 * MINUTE_MS;
    await runAlarm();
    await runAlarm();
    expect(await sealedSecrets()).toEqual(before);
  });

  it("GCM-8: one store that does not answer holds up no other, and is tried again", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const failing = vaultFails("beta");
    await registry().rotate(["vault"]);
    await runAlarm();
    const first = await progress();
    expect(first).toMatchObject({ state: "running", left: 1, failed: 1, endedAtMs: null });
    expect(first.done).toBeGreaterThanOrEqual(8);
    expect(await alarmInMs()).toBeGreaterThan(MINUTE_MS - 10_000);
    expect(await alarmInMs()).toBeLessThanOrEqual(MINUTE_MS);
    world.offsetMs += MINUTE_MS;
    await runAlarm();
    expect(await alarmInMs()).toBeGreaterThan(MINUTE_MS);
    failing.mockRestore();
    world.offsetMs += 2 * MINUTE_MS;
    await runAlarm();
    expect(await progress()).toMatchObject({ state: "planned", left: 0, failed: 0 });
  });

  it("GCM-5: an envelope that does not open is told, kept as it is, and keeps its root in use", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const secret = await makeKey();
    const others = parseKeyring(TEST_MASTER_KEYS.replace('"k2"', '"k1"'));
    const foreign = await seal(others, { purpose: "vault", identity: ["beta"] }, "foreign");
    await addRow("ak_foreign", foreign);
    await registry().rotate(["vault"]);
    await runAlarm();
    world.offsetMs += 5 * MINUTE_MS;
    await runAlarm();
    expect(await progress()).toMatchObject({ state: "done", unreadable: 1 });
    expect(await sealedSecrets()).toContain(foreign);
    expect(await keyNamed("root/k1")).toMatchObject({ state: "decrypt-only", inUse: true });
    const logged = log.mock.calls.flat().join("\n");
    expect(logged).toContain("envelopes that do not open");
    expect(logged).not.toContain(secret);
  });

  it("GCM-10: what an old root closed is closed by the current one, and then the old one may go", async () => {
    const context = { purpose: "vault", identity: [ALPHA, "api_key", "ak_old"] } as const;
    const masterKeys = TEST_MASTER_KEYS.replace('"current":"k2"', '"current":"k1"');
    const old = await seal(parseKeyring(masterKeys), context, "kept");
    await makeKey();
    await addRow("ak_old", old);
    await registry().rotate(["vault"]);
    expect(old).toMatch(/^fp2\.k1\./);
    await runAlarm();
    world.offsetMs += 5 * MINUTE_MS;
    await runAlarm();
    for (const sealed of await sealedSecrets()) expect(sealed).toMatch(/^fp2\.k2\./);
    const copied = (await env.TOKENS.get(copyName(ALPHA))) ?? "";
    expect(await openSnapshot(configOf(env), ALPHA, copied)).toContain("kept");
    // The tests' first root makes keyed hashes, which is a use of its own.
    const { hashId } = configOf(env).keyring;
    expect(await keyNamed("root/k1")).toMatchObject({ inUse: hashId === "k1" });
  });
});

describe("by itself", () => {
  it("GCM-9: the alarm rotates what is due, once, however often it runs", async () => {
    await registry().generations();
    world.offsetMs += 90 * DAY_MS;
    await runAlarm();
    await runAlarm();
    const { names } = await registry().inventory();
    const versions = Object.fromEntries(names.map(({ name, version }) => [name, version]));
    expect(versions).toMatchObject({ master: 1, vault: 1, tokens: 1, api: 2, webhook: 2 });
    expect(await registry().generations()).toEqual({
      tokens: 1,
      vault: 2,
      "payload-keys": 1,
      audit: 1,
      backup: 1,
    });
  });

  it("GCM-8: the first question plans the first look through the stores", async () => {
    await registry().generations();
    expect(await alarmInMs()).toBeGreaterThan(5 * MINUTE_MS - 10_000);
    expect(await alarmInMs()).toBeLessThanOrEqual(5 * MINUTE_MS);
    world.offsetMs += 5 * MINUTE_MS;
    await runAlarm();
    expect((await progress()).state).toBe("done");
  });

  it("GCM-8: a copy that could not be written is written a minute later", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await registry().rotate(["tokens"]);
    const put = vi.spyOn(env.TOKENS, "put").mockRejectedValue(new Error("KV is down"));
    await runAlarm();
    expect(await copy()).toBeNull();
    expect(await alarmInMs()).toBeLessThanOrEqual(MINUTE_MS);
    put.mockRestore();
    await runAlarm();
    expect(await copy()).toEqual({ tokens: 2, vault: 1, "payload-keys": 1, audit: 1, backup: 1 });
  });

  it("GCM-8: another current root is noticed by who asks", async () => {
    await registry().generations();
    await runInDurableObject(registry(), (_, { storage: { kv } }) => {
      const stored = kv.get("registry");
      kv.put("registry", Object.assign(Object(stored), { currentRoot: "k1" }));
    });
    expect(await progress()).toMatchObject({ state: "running" });
    expect(await alarmInMs()).toBeLessThanOrEqual(0);
    await runAlarm();
    expect(await progress()).toMatchObject({ state: "planned", left: 0 });
  });
});

describe("the inventory", () => {
  it("I12: tells of all it knows while the payload keys' object is away", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    vi.spyOn(env.PAYLOAD_KEYS, "getByName").mockImplementation(() => {
      throw new Error("the object is down");
    });
    const { names, keys } = await registry().inventory();
    expect(names).toHaveLength(6);
    expect(keys.map(({ kind }) => kind)).not.toContain("payload");
  });

  it("style.md 7: a stub of the object can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(KeyRegistryObject.prototype);
    const names = [KeyRegistryObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual([
      "alarm",
      "constructor",
      "dump",
      "generations",
      "inventory",
      "restoreDump",
      "rotate",
    ]);
  });
});
