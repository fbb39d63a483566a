import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HOUR_MS, MINUTE_MS, merchantIdSchema } from "#base";
import type { CredentialName } from "#vault";
import { configOf } from "../../src/env.ts";
import { CONFIG_VERSIONS_MAX } from "../../src/vault/config-history.ts";
import { copyName, openSnapshot } from "../../src/wiring/merchants.ts";
import { world } from "../support/world.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const BY = { keyId: "ak_alpha", requestId: "req_test", address: null };

const vault = () => env.VAULTS.getByName(ALPHA);

const put = async (config: object, expectedVersion: number) =>
  vault().putConfig({ config: JSON.stringify(config), reason: "test", expectedVersion, by: BY });
const rollBack = async (toVersion: number, expectedVersion: number) =>
  vault().rollBackConfig({ toVersion, reason: "test", expectedVersion, by: BY });
const versionOf = async (version: number) => vault().config(version);
const phonepe = (name: string) => ({
  clientId: `id-${name}`,
  clientSecret: `client-secret-${name}`,
  clientVersion: 1,
  webhookUsername: `user-${name}`,
  webhookPassword: `password-${name}`,
});
const set = async (
  value: object,
  more: { readonly name?: CredentialName; readonly overlapMs?: number } = {},
) =>
  vault().putCredential({
    name: "phonepe",
    value: JSON.stringify(value),
    reason: "test",
    overlapMs: HOUR_MS,
    by: BY,
    ...more,
  });

async function opened(sealed: string | null): Promise<Record<string, unknown>> {
  const text = sealed === null ? undefined : await openSnapshot(configOf(env), ALPHA, sealed);
  return JSON.parse(text ?? "{}");
}
const asked = async (knownRevision: number | null = null, copyMissing = false) =>
  vault().snapshot({ knownRevision, copyMissing });
const snapshot = async () => opened((await asked()).sealed);
const copy = async () => opened(await env.TOKENS.get(copyName(ALPHA)));
const runAlarm = () => runDurableObjectAlarm(vault());
const alarmInMs = async () => {
  const atMs = await runInDurableObject(vault(), (_, { storage }) => storage.getAlarm());
  return atMs === null ? null : atMs - world.nowMs();
};
const sqlRows = (query: string) =>
  runInDurableObject(vault(), (_, { storage }) => storage.sql.exec(query).toArray());
const stored = async () =>
  JSON.stringify([
    await sqlRows("SELECT * FROM credentials"),
    await sqlRows("SELECT * FROM config_versions"),
    await env.TOKENS.get(copyName(ALPHA)),
  ]);

beforeEach(async () => {
  world.renew();
  await runInDurableObject(vault(), async (_, { storage }) => {
    for (const table of ["api_keys", "credentials", "config_versions", "audit_outbox"]) {
      storage.sql.exec(`DELETE FROM ${table}`);
    }
    for (const [name] of storage.kv.list()) storage.kv.delete(name);
    await storage.deleteAlarm();
  });
  await env.TOKENS.delete(copyName(ALPHA));
  await abortAllDurableObjects();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("at rest", () => {
  it("GCM-4: no row, no copy and no answer of the object holds a value readable", async () => {
    await put({ notifyUrl: "https://readable.example/hook" }, 0);
    const told = [
      await set(phonepe("one")),
      await set(phonepe("two")),
      await vault().listCredentials(),
    ];
    const all = `${await stored()} ${JSON.stringify(told)}`;
    expect(all).not.toMatch(/readable|secret|password|user-|id-one|id-two/);
    expect(all).toContain("fp2.k2.");
  });

  it("PCI-3.2.1: of a replaced credential only what is still accepted is kept", async () => {
    await set(phonepe("one"));
    await set(phonepe("two"));
    expect(await snapshot()).toMatchObject({
      credentials: [
        {
          name: "phonepe",
          value: phonepe("two"),
          accepted: [
            { value: { username: "user-one", password: "password-one" } },
            { value: { username: "hook_alpha", password: "hookPasswordalpha" } },
          ],
        },
      ],
    });
    expect(JSON.stringify(await snapshot())).not.toContain("client-secret-one");
    expect(await sqlRows("SELECT version FROM credentials ORDER BY version")).toEqual([
      { version: 0 },
      { version: 1 },
      { version: 2 },
    ]);
  });

  it.each([
    ["credentials", "UPDATE credentials SET version = 9 WHERE version = 2"],
    ["config_versions", "UPDATE config_versions SET version = 9 WHERE version = 1"],
  ])(
    "GCM-4: a record of %s that was moved does not open, and isolates keep what they know",
    async (...[, move]) => {
      const log = vi.spyOn(console, "error").mockReturnValue();
      await put({}, 0);
      await set(phonepe("one"));
      await set(phonepe("two"));
      await sqlRows(move);
      await abortAllDurableObjects();
      await expect(asked()).rejects.toThrow("does not open");
      expect(log.mock.calls.flat().join()).not.toContain("password");
    },
  );

  it("GCM-4: what does not open is mended by the next version", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    await put({ requireEncryption: true }, 0);
    await set(phonepe("one"));
    await sqlRows("UPDATE config_versions SET sealed = 'fp1.k2.AA.AA' WHERE version = 1");
    await sqlRows("UPDATE credentials SET sealed = 'fp1.k2.AA.AA' WHERE version = 1");
    expect((await put({ origins: [] }, 1)).ok).toBe(true);
    expect((await set(phonepe("two"))).ok).toBe(true);
    expect(await snapshot()).toMatchObject({
      config: { version: 2 },
      credentials: [{ value: phonepe("two") }],
    });
    expect((await vault().configHistory()).versions.map(({ version }) => version)).toEqual([2, 0]);
    await expect(versionOf(1)).rejects.toThrow("does not open");
  });
});

describe("versions of the configuration", () => {
  it("design.md 9: whatever is done, the store is as its model", async () => {
    const steps = fc.array(
      fc.record({
        rollback: fc.boolean(),
        origin: fc.integer({ min: 0, max: 3 }),
        to: fc.integer({ min: 0, max: 6 }),
        late: fc.boolean(),
        restart: fc.boolean(),
      }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        await sqlRows("DELETE FROM config_versions");
        const model = [JSON.stringify(["https://shop.alpha.example"])];
        for (const { rollback, origin, to, late, restart } of plan) {
          const newest = model.length - 1;
          const expected = late ? newest + 1 : newest;
          const origins = [`https://o${origin}.example`];
          const result = await (rollback ? rollBack(to, expected) : put({ origins }, expected));
          // Version 0 is written with the first one.
          const isThere = !rollback || (newest > 0 && to <= newest);
          expect(result.ok).toBe(!late && isThere);
          if (result.ok) model.push(rollback ? (model[to] ?? "") : JSON.stringify(origins));
          if (restart) await abortAllDurableObjects();
          for (const [version, known] of model.entries()) {
            const { config = "{}" } = (await vault().config(version)) ?? {};
            expect(JSON.stringify(JSON.parse(config).origins)).toBe(known);
          }
          expect((await vault().config())?.version).toBe(model.length - 1);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("API-4: the last thousand are kept, and a page holds fifty", async () => {
    await put({}, 0);
    const [row] = await sqlRows("SELECT sealed FROM config_versions WHERE version = 1");
    await runInDurableObject(vault(), (_, { storage: { sql } }) => {
      sql.exec("DELETE FROM config_versions");
      for (let version = 1; version <= CONFIG_VERSIONS_MAX; version += 1) {
        sql.exec("INSERT INTO config_versions VALUES (?, ?)", version, row?.["sealed"] ?? null);
      }
    });
    vi.spyOn(console, "error").mockReturnValue();
    expect((await put({}, CONFIG_VERSIONS_MAX)).ok).toBe(true);
    const [count] = await sqlRows(
      "SELECT count(*) AS n, min(version) AS first FROM config_versions",
    );
    expect(count).toEqual({ n: CONFIG_VERSIONS_MAX, first: 2 });
    expect((await vault().configHistory()).next).toBe(CONFIG_VERSIONS_MAX - 48);
    expect(await vault().config(1)).toBeNull();
    expect(await rollBack(1, CONFIG_VERSIONS_MAX + 1)).toEqual({
      ok: false,
      refusal: "version_unknown",
    });
  });
});

describe("credentials", () => {
  it("PP-11: when an overlap is over it is erased, in the copy too, by the alarm", async () => {
    await set(phonepe("one"), { overlapMs: 0 });
    await set(phonepe("two"), { overlapMs: HOUR_MS });
    expect(await alarmInMs()).toBeLessThanOrEqual(HOUR_MS);
    expect(JSON.stringify(await copy())).toContain("password-one");
    world.offsetMs = HOUR_MS;
    await runAlarm();
    expect(JSON.stringify(await copy())).not.toContain("password-one");
    expect(await sqlRows("SELECT version FROM credentials")).toEqual([{ version: 2 }]);
    expect(await alarmInMs()).toBeNull();
  });

  it("design.md 8: of many who set it at once all are versions, and the last one counts", async () => {
    const results = await Promise.all(["a", "b", "c", "d"].map((name) => set(phonepe(name))));
    const versions = results.map((result) => (result.ok ? result.value.version : 0));
    expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    const last = ["a", "b", "c", "d"][versions.indexOf(4)] ?? "";
    expect(await snapshot()).toMatchObject({ credentials: [{ value: phonepe(last) }] });
  });

  it("API-4: fifty names are enough for one merchant, eight replaced versions for one name", async () => {
    const value = { header: "x", hash: "SHA-256", secret: "s" };
    for (let at = 0; at < 50; at += 1) {
      expect((await set(value, { name: `webhook:p${at}` })).ok).toBe(true);
    }
    expect(await set(value, { name: "webhook:more" })).toEqual({ ok: false, refusal: "too_many" });
    for (let at = 0; at < 10; at += 1) await set(value, { name: "webhook:p0" });
    const listed = (await vault().listCredentials()).find(({ name }) => name === "webhook:p0");
    expect(listed?.accepted.map(({ version }) => version)).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
  });
});

describe("the snapshot", () => {
  it("perf.md: who knows it is told so, without its text", async () => {
    await put({}, 0);
    const { revision, sealed } = await asked();
    expect(sealed).toMatch(/^fp2\./);
    expect(await asked(revision)).toEqual({ revision, sealed: null });
    await set(phonepe("one"));
    expect((await asked(revision)).sealed).not.toBeNull();
  });

  it("GCM-8: a copy that KV has lost is written again, once a minute at most", async () => {
    await put({}, 0);
    const puts = vi.spyOn(env.TOKENS, "put");
    await env.TOKENS.delete(copyName(ALPHA));
    world.offsetMs = MINUTE_MS;
    for (let ask = 0; ask < 10; ask += 1) await asked(null, true);
    await vi.waitFor(async () => expect(await copy()).toMatchObject({ config: { version: 1 } }));
    expect(puts).toHaveBeenCalledTimes(1);
  });

  it("GCM-4: one merchant's does not open as another's", async () => {
    await put({}, 0);
    const { sealed } = await asked();
    const beta = merchantIdSchema.parse("beta");
    expect(await openSnapshot(configOf(env), beta, sealed ?? "")).toBeUndefined();
  });
});

describe("events for the audit log", () => {
  const order = {
    name: null,
    scopes: ["payments:read" as const],
    tier: "plus" as const,
    allowIps: null,
    expiresAtMs: null,
    rotateEveryDays: null,
  };
  const newKey = async () => vault().createKey(order, BY);
  const outbox = () => sqlRows("SELECT * FROM audit_outbox");

  it("PCI-10.2.1: keys, configuration and credentials, each change once, in order", async () => {
    const made = await newKey();
    const id = made.ok ? made.value.record.id : "";
    await vault().rotateKey(id, HOUR_MS, BY);
    await vault().revokeKey(id, BY);
    await vault().revokeKey(id, BY);
    await put({}, 0);
    await put({}, 0);
    await rollBack(0, 1);
    await set(phonepe("one"));
    expect(world.audited.map(({ action, object }) => [action, object.id])).toEqual([
      ["api_key.created", id],
      ["api_key.rotated", id],
      ["api_key.revoked", id],
      ["config.changed", "alpha"],
      ["config.rolled_back", "alpha"],
      ["credential.set", "phonepe"],
    ]);
    expect(new Set(world.audited.map((event) => event.id)).size).toBe(6);
    expect(JSON.stringify(world.audited)).not.toMatch(/secret-|password/);
    expect(await outbox()).toEqual([]);
  });

  it("I7: what the log does not take waits, and is tried later and later, at last every hour", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    world.auditAway = true;
    expect((await put({}, 0)).ok).toBe(true);
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const waitMs = (await alarmInMs()) ?? 0;
      waits.push(Math.round(waitMs / MINUTE_MS));
      world.offsetMs += waitMs + 1;
      await abortAllDurableObjects();
      await runAlarm();
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(await outbox()).toHaveLength(1);
    world.auditAway = false;
    world.offsetMs += HOUR_MS;
    await runAlarm();
    expect(world.audited).toMatchObject([{ action: "config.changed", details: { version: 1 } }]);
    expect([await outbox(), await alarmInMs()]).toEqual([[], null]);
  });

  it("I7: one that was taken but not struck out comes again with the same id and bytes", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const audit = vi.spyOn(world, "audit").mockImplementation((events) => {
      world.audited.push(...events);
      throw new Error("the answer was lost");
    });
    await put({}, 0);
    audit.mockRestore();
    world.offsetMs += MINUTE_MS;
    await runAlarm();
    const [first, second, ...more] = world.audited;
    expect(more).toEqual([]);
    expect(second).toEqual(first);
  });

  it("I7: a change and its event are written together or not at all", async () => {
    await put({}, 0);
    const before = await asked();
    await runInDurableObject(vault(), (_, { storage: { sql } }) => {
      sql.exec(
        "CREATE TRIGGER full BEFORE INSERT ON audit_outbox BEGIN SELECT RAISE(ABORT, 'full'); END",
      );
    });
    await expect(put({}, 1)).rejects.toThrow("full");
    await expect(set(phonepe("one"))).rejects.toThrow("full");
    await expect(newKey()).rejects.toThrow("full");
    await sqlRows("DROP TRIGGER full");
    expect((await vault().config())?.version).toBe(1);
    expect(await vault().listKeys()).toHaveLength(4);
    expect((await vault().listCredentials()).map(({ version }) => version)).toEqual([0]);
    expect((await asked()).revision).toBe(before.revision);
  });
});
