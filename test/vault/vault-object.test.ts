import { env } from "cloudflare:workers";
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, merchantIdSchema, MINUTE_MS } from "#base";
import { configOf } from "../../src/env.ts";
import type { ApiKeyOrder } from "../../src/vault/api-key-record.ts";
import { copyName, openSnapshot } from "../../src/wiring/merchants.ts";
import { VaultObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const ORDER: ApiKeyOrder = {
  name: "shop",
  scopes: ["payments:read"],
  tier: "standard",
  allowIps: null,
  expiresAtMs: null,
  rotateEveryDays: 90,
};

const BY = { keyId: "ak_alpha", requestId: "req_test", address: "192.0.2.1" };

const vault = () => env.VAULTS.getByName(ALPHA);
const list = async () => new Map((await vault().listKeys()).map((key) => [key.id, key] as const));

async function make(more: Partial<ApiKeyOrder> = {}) {
  const made = await vault().createKey({ ...ORDER, ...more }, BY);
  if (!made.ok) throw new Error(made.refusal);
  return { id: made.value.record.id, secret: made.value.secret };
}

async function rotate(id: string, overlapMs = DAY_MS) {
  const made = await vault().rotateKey(id, overlapMs, BY);
  if (!made.ok) throw new Error(made.refusal);
  return { id: made.value.record.id, secret: made.value.secret };
}

/** A copy, opened: what isolates work with. */
async function openedKeys(sealed: string | null): Promise<Map<unknown, Record<string, unknown>>> {
  const text = sealed === null ? "{}" : await openSnapshot(configOf(env), ALPHA, sealed);
  const { keys = [] }: { keys?: Record<string, unknown>[] } = JSON.parse(text ?? "{}");
  return new Map(keys.map((key) => [key["id"], key] as const));
}
const sealedSnapshot = async () =>
  (await vault().snapshot({ knownRevision: null, copyMissing: false })).sealed;
const copied = async () => openedKeys(await env.TOKENS.get(copyName(ALPHA)));

/** What a gate of the merchant says to a request with the key. */
async function admission(keyId: string, gate = "alpha"): Promise<string> {
  const answer = await env.GATES.getByName(gate).admit({
    keyId,
    nonce: crypto.randomUUID(),
    createdSec: Math.floor(world.nowMs() / 1_000),
    rate: null,
    idempotency: null,
  });
  return answer.admitted ? "admitted" : answer.reason;
}

const rows = () =>
  runInDurableObject(vault(), (_, { storage }) =>
    storage.sql.exec("SELECT * FROM api_keys").toArray(),
  );
const alarmInMs = async () => {
  const atMs = await runInDurableObject(vault(), (_, { storage }) => storage.getAlarm());
  return atMs === null ? null : atMs - world.nowMs();
};
const runAlarm = () => runDurableObjectAlarm(vault());

/** No gate answers until the spy is restored. */
function gatesFail() {
  return vi.spyOn(env.GATES, "getByName").mockImplementation(() => {
    throw new Error("gate is down");
  });
}

beforeEach(async () => {
  world.renew();
  await runInDurableObject(vault(), async (_, { storage }) => {
    storage.sql.exec("DELETE FROM api_keys");
    await storage.deleteAlarm();
  });
  await env.TOKENS.delete(copyName(ALPHA));
  await runInDurableObject(env.GATES.getByName("alpha"), (_, { storage }) => {
    storage.sql.exec("DELETE FROM key_ends");
  });
  await abortAllDurableObjects();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("secrets at rest", () => {
  it("PCI-8.3.2: no row and no copy holds a secret readable", async () => {
    const first = await make();
    const second = await rotate(first.id);
    const stored = JSON.stringify([await rows(), await env.TOKENS.get(copyName(ALPHA))]);
    for (const { secret } of [first, second]) {
      expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(stored).not.toContain(secret);
    }
    expect((await rows()).map((row) => row["sealed_secret"])).toEqual([
      expect.stringMatching(/^fp2\.k2\./),
      expect.stringMatching(/^fp2\.k2\./),
    ]);
    expect(JSON.stringify(await vault().listKeys())).not.toContain(first.secret);
  });

  it("GCM-4: swapped rows do not open, and take no other key with them", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const [a, b, c] = [await make(), await make(), await make()];
    await runInDurableObject(vault(), (_, { storage: { sql } }) => {
      const sealedOf = (id: string) =>
        sql.exec("SELECT sealed_secret FROM api_keys WHERE id = ?", id).one()["sealed_secret"];
      const [sealedA, sealedB] = [sealedOf(a.id), sealedOf(b.id)];
      const move = "UPDATE api_keys SET sealed_secret = ? WHERE id = ?";
      sql.exec(move, sealedB ?? null, a.id);
      sql.exec(move, sealedA ?? null, b.id);
    });
    await abortAllDurableObjects(); // an object that is awake has sealed its snapshot before
    const keys = await openedKeys(await sealedSnapshot());
    expect([...keys.keys()]).toEqual([c.id]);
    const logged = log.mock.calls.flat().join("\n");
    expect(logged).toContain(a.id);
    expect(logged).not.toContain(a.secret);
  });

  it("GCM-4: the copy of one merchant does not open as another's", async () => {
    await make();
    const sealed = (await env.TOKENS.get(copyName(ALPHA))) ?? "";
    expect(await openSnapshot(configOf(env), ALPHA, sealed)).toContain("ak_");
    const beta = merchantIdSchema.parse("beta");
    expect(await openSnapshot(configOf(env), beta, sealed)).toBeUndefined();
  });

  it("GCM-8: the copy has what an isolate needs, and the keys outlive the object's memory", async () => {
    const { id, secret } = await make({ tier: "plus", allowIps: ["192.0.2.0/24"] });
    const expected = {
      id,
      secret,
      scopes: ["payments:read"],
      tier: "plus",
      allowIps: ["192.0.2.0/24"],
      endsAtMs: null,
    };
    expect((await copied()).get(id)).toEqual(expected);
    await abortAllDurableObjects();
    expect((await openedKeys(await sealedSnapshot())).get(id)).toEqual(expected);
  });

  it("I12: a copy that cannot be written breaks nothing, and is written a minute later", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const put = vi.spyOn(env.TOKENS, "put").mockRejectedValue(new Error("KV is down"));
    const { id, secret } = await make();
    expect((await openedKeys(await sealedSnapshot())).get(id)).toMatchObject({ secret });
    expect((await copied()).size).toBe(0);
    expect(await alarmInMs()).toBeLessThanOrEqual(MINUTE_MS);
    put.mockRestore();
    await runAlarm();
    expect((await copied()).get(id)).toMatchObject({ secret });
    expect(await alarmInMs()).toBeGreaterThan(DAY_MS);
  });

  it("I12: an older copy never comes last", async () => {
    const real = env.TOKENS.put.bind(env.TOKENS);
    let writes = 0;
    vi.spyOn(env.TOKENS, "put").mockImplementation(async (name: string, text: unknown) => {
      writes += 1;
      // The first is the slowest.
      await scheduler.wait(writes === 1 ? 50 : 0);
      return real(name, String(text));
    });
    const made = await Promise.all([make(), make(), make(), make()]);
    await vi.waitFor(async () => {
      expect(new Set((await copied()).keys())).toEqual(new Set(made.map(({ id }) => id)));
    });
    expect(writes).toBeLessThanOrEqual(4);
  });
});

describe("rotation", () => {
  it("I12: two rotations at once make one successor", async () => {
    const { id } = await make();
    const all = await Promise.all([
      vault().rotateKey(id, DAY_MS, BY),
      vault().rotateKey(id, DAY_MS, BY),
    ]);
    expect(all.map((result) => (result.ok ? "made" : result.refusal)).toSorted()).toEqual([
      "made",
      "not_active",
    ]);
    expect(await rows()).toHaveLength(2);
  });

  it("I11: the old key is refused when its overlap is over, not before", async () => {
    const { id } = await make();
    const next = await rotate(id, HOUR_MS);
    world.offsetMs = HOUR_MS - MINUTE_MS;
    expect([await admission(id), await admission(next.id)]).toEqual(["admitted", "admitted"]);
    world.offsetMs = HOUR_MS;
    expect([await admission(id), await admission(next.id)]).toEqual(["key_revoked", "admitted"]);
    expect((await copied()).get(id)).toMatchObject({ endsAtMs: expect.any(Number) });
  });

  it("I12: without the gates the secret is told all the same, and the alarm tells them", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { id } = await make();
    const gates = gatesFail();
    const next = await rotate(id, HOUR_MS);
    expect(await alarmInMs()).toBeLessThanOrEqual(MINUTE_MS);
    gates.mockRestore();
    await runAlarm();
    world.offsetMs = HOUR_MS;
    expect([await admission(id), await admission(next.id)]).toEqual(["key_revoked", "admitted"]);
  });

  it("I11: a key with an end is refused at it by the gate", async () => {
    const { id } = await make({ expiresAtMs: world.nowMs() + HOUR_MS });
    expect(await admission(id)).toBe("admitted");
    world.offsetMs = HOUR_MS;
    expect(await admission(id)).toBe("key_revoked");
  });

  it("api.md 1: another's key, an ended one and a revoked one have no successor", async () => {
    const { id } = await make({ expiresAtMs: world.nowMs() + HOUR_MS });
    expect(await vault().rotateKey("ak_beta", DAY_MS, BY)).toEqual({
      ok: false,
      refusal: "not_found",
    });
    world.offsetMs = HOUR_MS;
    expect(await vault().rotateKey(id, DAY_MS, BY)).toEqual({ ok: false, refusal: "not_active" });
    expect(await vault().rotateKey("ak_alpha_revoked", DAY_MS, BY)).toEqual({
      ok: false,
      refusal: "not_active",
    });
  });
});

describe("limits", () => {
  /** Fills the table without the work of making keys. */
  async function fill(count: number, more: { revokedAtMs?: number } = {}): Promise<void> {
    const { id } = await make();
    await runInDurableObject(vault(), (_, { storage: { sql } }) => {
      const { record: text } = sql
        .exec<{ record: string }>("SELECT record FROM api_keys WHERE id = ?", id)
        .one();
      const record: Record<string, unknown> = JSON.parse(text);
      for (let at = 1; at < count; at += 1) {
        const copyId = `ak_${String(at).padStart(12, "0")}_alpha`;
        const copy = JSON.stringify({ ...record, ...more, id: copyId });
        sql.exec("INSERT INTO api_keys VALUES (?, ?, NULL, 0)", copyId, copy);
      }
    });
  }

  it("api.md 1: a merchant has at most 100 living keys, those of the configuration too", async () => {
    await fill(96); // and three of the configuration
    const made = await Promise.all([vault().createKey(ORDER, BY), vault().createKey(ORDER, BY)]);
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await vault().createKey(ORDER, BY)).toEqual({ ok: false, refusal: "too_many" });
    await vault().revokeKey("ak_alpha_next", BY);
    expect((await vault().createKey(ORDER, BY)).ok).toBe(true);
  });

  it("I12: a full merchant can rotate each key, and no chain of rotations is endless", async () => {
    await fill(97);
    let { id } = await rotate("ak_alpha", 30 * DAY_MS);
    for (let turn = 0; turn < 99; turn += 1) ({ id } = await rotate(id, 30 * DAY_MS));
    expect(await vault().rotateKey(id, DAY_MS, BY)).toEqual({ ok: false, refusal: "too_many" });
  });

  it("api.md 1: ended keys are listed for 90 days, then forgotten", async () => {
    const { id } = await make();
    await vault().revokeKey(id, BY);
    await vault().revokeKey("ak_alpha_next", BY);
    world.offsetMs = 90 * DAY_MS - MINUTE_MS;
    await runAlarm();
    expect((await list()).has(id)).toBe(true);
    world.offsetMs = 90 * DAY_MS;
    await runAlarm();
    expect((await list()).has(id)).toBe(false);
    expect((await copied()).has(id)).toBe(false);
    expect((await list()).get("ak_alpha_next")?.revokedAtMs).toEqual(expect.any(Number));
    expect([await admission(id), await admission("ak_alpha_next")]).toEqual([
      "key_revoked",
      "key_revoked",
    ]);
  });

  it("28: a key that was made for minutes is listed for an hour after its end, and brings no notice", async () => {
    const brief = { rotateEveryDays: null, expiresAtMs: world.nowMs() + 10 * MINUTE_MS };
    const { id } = await make(brief);
    await vault().revokeKey(id, BY);
    await runAlarm();
    expect((await list()).has(id)).toBe(true);
    world.offsetMs = HOUR_MS + MINUTE_MS;
    await runAlarm();
    expect((await list()).has(id)).toBe(false);
    expect(world.notices).toEqual([]);
    expect(await admission(id)).toBe("key_revoked");
  });

  it("api.md 1: of very many ended keys the newest 200 are listed", async () => {
    await fill(300, { revokedAtMs: world.nowMs() - HOUR_MS });
    const { id } = await make();
    await vault().revokeKey(id, BY);
    await make();
    const ended = [...(await list()).values()].filter((key) => key.revokedAtMs !== null);
    expect(ended.filter((key) => key.source === "api")).toHaveLength(200);
    expect((await list()).has(id)).toBe(true);
  });

  it("I11: an end that a gate has not heard of is not forgotten", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { id } = await make();
    const gates = gatesFail();
    await vault().revokeKey(id, BY);
    world.offsetMs = 91 * DAY_MS;
    await runAlarm();
    expect((await list()).has(id)).toBe(true);
    gates.mockRestore();
    await runAlarm();
    await runAlarm();
    expect((await list()).has(id)).toBe(false);
    expect(await admission(id)).toBe("key_revoked");
  });
});

describe("revocation", () => {
  it("I11: no admission after the answer", async () => {
    const { id } = await make();
    expect(await admission(id)).toBe("admitted");
    expect(await vault().revokeKey(id, BY)).toMatchObject({ ok: true, value: { id } });
    expect(await admission(id)).toBe("key_revoked");
  });

  it("I11: a gate whose clock is behind refuses it too", async () => {
    const { id } = await make();
    world.offsetMs = 2_000;
    await vault().revokeKey(id, BY);
    world.offsetMs = 0;
    expect(await admission(id)).toBe("key_revoked");
  });

  it("I11: all gates of a busy key hear", async () => {
    const { id } = await make({ tier: "enterprise" });
    await vault().revokeKey(id, BY);
    expect(await admission(id, "alpha/1")).toBe("key_revoked");
    expect(await admission(id, "alpha/2")).toBe("key_revoked");
  });

  it("api.md 1: repeating it answers the same", async () => {
    const { id } = await make();
    const first = await vault().revokeKey(id, BY);
    world.offsetMs = HOUR_MS;
    expect(await vault().revokeKey(id, BY)).toEqual(first);
    expect(await vault().revokeKey("ak_none", BY)).toEqual({ ok: false, refusal: "not_found" });
  });

  it("I11: while a gate does not answer nobody is told that it is done; repeating works", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { id } = await make();
    const gates = gatesFail();
    expect(await vault().revokeKey(id, BY)).toEqual({ ok: false, refusal: "not_told" });
    expect((await copied()).get(id)).toMatchObject({ endsAtMs: 0 });
    expect(await vault().revokeKey(id, BY)).toEqual({ ok: false, refusal: "not_told" });
    gates.mockRestore();
    expect(await admission(id)).toBe("admitted");
    expect(await vault().revokeKey(id, BY)).toMatchObject({ ok: true });
    expect(await admission(id)).toBe("key_revoked");
  });

  it("I11: without a repetition the alarm tells the gates within a minute, after an eviction too", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { id } = await make();
    const gates = gatesFail();
    await vault().revokeKey(id, BY);
    expect(await alarmInMs()).toBeLessThanOrEqual(MINUTE_MS);
    await abortAllDurableObjects();
    await runAlarm();
    expect(await alarmInMs()).toBeLessThanOrEqual(MINUTE_MS);
    gates.mockRestore();
    await runAlarm();
    expect(await admission(id)).toBe("key_revoked");
    expect(await alarmInMs()).toBeGreaterThan(DAY_MS);
  });

  it("I11: a gate that does not answer for one key holds up no other", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const [busy, quiet] = [await make({ tier: "enterprise" }), await make()];
    const real = env.GATES.getByName.bind(env.GATES);
    vi.spyOn(env.GATES, "getByName").mockImplementation((name) => {
      if (name === "alpha/1") throw new Error("gate is down");
      return real(name);
    });
    expect((await vault().revokeKey(busy.id, BY)).ok).toBe(false);
    expect((await vault().revokeKey(quiet.id, BY)).ok).toBe(true);
    expect(await admission(quiet.id)).toBe("key_revoked");
  });
});

describe("keys of the configuration", () => {
  it("api.md 1: they are listed as they stand there", async () => {
    expect((await list()).get("ak_alpha")).toMatchObject({
      source: "configuration",
      tier: "enterprise",
      createdAtMs: null,
      revokedAtMs: null,
    });
    expect((await list()).get("ak_alpha_revoked")).toMatchObject({ revokedAtMs: 0 });
    expect((await list()).has("ak_beta")).toBe(false);
  });

  it("PCI-8.6.3: one is rotated into a key of the vault, and ends at the gates", async () => {
    const next = await rotate("ak_alpha_reader", HOUR_MS);
    const keys = await list();
    expect(keys.get("ak_alpha_reader")).toMatchObject({
      source: "configuration",
      successor: next.id,
    });
    expect(keys.get(next.id)).toMatchObject({
      source: "api",
      scopes: ["payments:read"],
      tier: "enterprise",
      predecessor: "ak_alpha_reader",
    });
    expect([...(await copied()).keys()]).toEqual([next.id]);
    world.offsetMs = HOUR_MS;
    expect(await admission("ak_alpha_reader")).toBe("key_revoked");
  });

  it("I11: one is revoked, although it stands there", async () => {
    expect(await vault().revokeKey("ak_alpha_next", BY)).toMatchObject({ ok: true });
    expect(await admission("ak_alpha_next")).toBe("key_revoked");
    expect((await list()).get("ak_alpha_next")?.revokedAtMs).toEqual(expect.any(Number));
    expect(await vault().revokeKey("ak_beta", BY)).toEqual({ ok: false, refusal: "not_found" });
  });
});

describe("notices", () => {
  const heard = () => world.notices.map(({ id, type }) => ({ id, type }));

  it("GCM-9: each goes out once, at its time", async () => {
    const { id } = await make();
    const days: number[] = [];
    for (let day = 0; day <= 120; day += 1) {
      world.offsetMs = day * DAY_MS + HOUR_MS;
      const before = world.notices.length;
      await runAlarm();
      if (world.notices.length > before) days.push(day);
    }
    expect(days).toEqual([76, 87, 90]);
    expect(heard()).toEqual(
      [0, 1, 2].map((at) => ({ id: `${id}_notice_${at}`, type: "api_key.rotation_due" })),
    );
  });

  it("GCM-9: the alarm is set for the next one, to the millisecond", async () => {
    await make({ rotateEveryDays: 14 });
    expect(await alarmInMs()).toBeGreaterThan(11 * DAY_MS - MINUTE_MS);
    expect(await alarmInMs()).toBeLessThanOrEqual(11 * DAY_MS);
    world.offsetMs = 14 * DAY_MS - 10 * MINUTE_MS;
    await runAlarm();
    expect(await alarmInMs()).toBeLessThanOrEqual(10 * MINUTE_MS);
  });

  it("WHK-2: what does not arrive comes again an hour later, with the same id and bytes", async () => {
    const { id } = await make({ expiresAtMs: world.nowMs() + 30 * DAY_MS, name: "till 7" });
    world.noticesArrive = false;
    world.offsetMs = 16 * DAY_MS;
    await runAlarm();
    expect(await alarmInMs()).toBeGreaterThan(HOUR_MS - MINUTE_MS);
    expect(await alarmInMs()).toBeLessThanOrEqual(HOUR_MS);
    world.noticesArrive = true;
    world.offsetMs += HOUR_MS;
    await runAlarm();
    await runAlarm();
    const [first, second, ...more] = world.notices;
    expect(more).toEqual([]);
    expect(second).toEqual(first);
    const body: unknown = JSON.parse(first?.body ?? "");
    expect(body).toEqual({
      type: "api_key.expiring",
      timestamp: expect.stringMatching(/^\d{4}-/),
      data: { id, name: "till 7", dueAt: expect.any(Number) },
    });
  });

  it("WHK-2: a crash between sending and noting sends the same id again", async () => {
    const { id } = await make();
    const before = await rows();
    world.offsetMs = 76 * DAY_MS;
    await runAlarm();
    await runInDurableObject(vault(), (_, { storage }) => {
      storage.sql.exec("UPDATE api_keys SET record = ?", before[0]?.["record"] ?? "");
    });
    await abortAllDurableObjects();
    await runAlarm();
    expect(heard().map((notice) => notice.id)).toEqual([`${id}_notice_0`, `${id}_notice_0`]);
    expect(world.notices[0]).toEqual(world.notices[1]);
  });

  it("WHK-5: a server that does not answer is asked once, whatever it is owed", async () => {
    await make();
    await make();
    world.noticesArrive = false;
    world.offsetMs = 76 * DAY_MS;
    await runAlarm();
    expect(world.notices).toHaveLength(1);
  });

  it("I11: a notifier that throws keeps no gate from hearing", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    vi.spyOn(console, "warn").mockReturnValue();
    const [{ id }] = [await make(), await make()];
    const gates = gatesFail();
    await vault().revokeKey(id, BY);
    gates.mockRestore();
    world.offsetMs = 76 * DAY_MS;
    const notice = vi.spyOn(world, "notice").mockImplementation(() => {
      throw new Error("notifier is broken");
    });
    await runAlarm();
    expect(notice).toHaveBeenCalledTimes(1);
    expect(await admission(id)).toBe("key_revoked");
    expect(await alarmInMs()).toBeLessThanOrEqual(HOUR_MS);
  });

  it.each(["rotated", "revoked"] as const)("api.md 1: none about a key that is %s", async (how) => {
    const { id } = await make();
    await (how === "rotated" ? rotate(id, 30 * DAY_MS) : vault().revokeKey(id, BY));
    world.offsetMs = 76 * DAY_MS;
    await runAlarm();
    expect(heard().filter((notice) => notice.id.startsWith(id))).toEqual([]);
  });
});

describe("the object", () => {
  it("style.md 7: an alarm that runs twice changes nothing more", async () => {
    const { id } = await make();
    await rotate(id);
    world.offsetMs = 77 * DAY_MS;
    await runAlarm();
    const after = [await rows(), [...world.notices], await alarmInMs()];
    await runAlarm();
    expect([await rows(), [...world.notices]]).toEqual(after.slice(0, 2));
  });

  it("api.md 1: a merchant without keys of its own sets no alarm", async () => {
    await vault().listKeys();
    await runAlarm();
    expect(await alarmInMs()).toBeNull();
  });

  it("api.md 1: an end at the end of time is taken", async () => {
    const { id } = await make({ expiresAtMs: Number.MAX_SAFE_INTEGER, rotateEveryDays: null });
    expect((await list()).has(id)).toBe(true);
    await runAlarm();
    expect(await admission(id)).toBe("admitted");
  });

  it("style.md 7: a stub of the object can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(VaultObject.prototype);
    const names = [VaultObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual([
      "alarm",
      "config",
      "configHistory",
      "constructor",
      "createKey",
      "dump",
      "listCredentials",
      "listKeys",
      "putConfig",
      "putCredential",
      "recordKeys",
      "restoreDump",
      "revokeKey",
      "rewrap",
      "rollBackConfig",
      "rotateKey",
      "snapshot",
    ]);
  });
});
