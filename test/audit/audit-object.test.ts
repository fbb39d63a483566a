import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import * as z from "zod";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { auditKeysSchema, makeVerifier, removalName, segmentName } from "#audit";
import { type AuditEvent, merchantIdSchema } from "#base";
import { appendAudit } from "../../src/wiring/audit.ts";
import { surfaceOf } from "../door/rpc-surface.ts";
import { freshId } from "../support/call.ts";
import { AuditObject } from "../support/worker.ts";
import { world } from "../support/world.ts";
import { anEvent } from "./an-event.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

beforeEach(() => startOf(2027, 0, 10));
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

const freshMerchant = () => merchantIdSchema.parse(freshId("m"));
const logOf = (merchantId: string) => env.AUDITS.getByName(merchantId);

/** Moves the clock to the tenth hour of a day. */
function startOf(year: number, month: number, day: number): void {
  world.offsetMs = Date.UTC(year, month, day, 10) - Date.now();
}

const reader = (keyId = "ak_reader") => ({ keyId, requestId: "req_r", address: null });
const everything = {
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  action: null,
  object: null,
  limit: 100,
  before: null,
};

/** The events of a log, newest first, page by page. */
async function readAll(merchantId: string, query = {}) {
  const found: { sequence: number; event: AuditEvent }[] = [];
  let before: number | null = null;
  do {
    const page = await logOf(merchantId).search({ ...everything, ...query, before }, reader());
    for (const { sequence, eventJson } of page.entries) {
      found.push({ sequence, event: JSON.parse(eventJson ?? "null") });
    }
    ({ before } = page);
  } while (before !== null);
  return found;
}
const idsIn = async (merchantId: string) =>
  (await readAll(merchantId)).map(({ event }) => event.id).filter((id) => !id.startsWith("audit/"));

/** As an auditor does: all files of the merchant, and the keys. */
async function verified(merchantId: string) {
  const keys = auditKeysSchema().parse(await logOf(merchantId).keys());
  const verifier = await makeVerifier(keys);
  const { objects } = await env.AUDIT_SEGMENTS.list({ prefix: `${merchantId}/` });
  const names = objects.map(({ key }) => key);
  for (const name of names.filter((key) => key.includes("/removed/"))) {
    await verifier.removal(numberOf(name), await bytesOf(name));
  }
  for (const name of names.filter((key) => !key.includes("/removed/"))) {
    await verifier.segment(numberOf(name), await bytesOf(name));
  }
  return verifier.finish();
}
const numberOf = (name: string) => Number(/(\d{8})\./.exec(name)?.[1]);
async function bytesOf(name: string): Promise<Uint8Array> {
  const found = await env.AUDIT_SEGMENTS.get(name);
  if (!found) throw new Error(`${name} is not there`);
  return new Uint8Array(await found.arrayBuffer());
}
const rowsOf = (merchantId: string, table: string) =>
  runInDurableObject(logOf(merchantId), (_, state) =>
    Number(state.storage.sql.exec(`SELECT COUNT(*) AS n FROM ${table}`).one()["n"]),
  );
const dumpOf = (merchantId: string) =>
  runInDurableObject(logOf(merchantId), (_, { storage }) =>
    JSON.stringify([
      ...storage.sql.exec("SELECT * FROM entries").toArray(),
      ...storage.sql.exec("SELECT * FROM seen").toArray(),
      ...storage.kv.list(),
    ]),
  );
/** An hour later: what is there is sealed. */
async function seal(merchantId: string): Promise<void> {
  world.offsetMs += HOUR_MS + MINUTE_MS;
  await runDurableObjectAlarm(logOf(merchantId));
}

describe("append", () => {
  it("I7: what was answered is there after the object died, once and in order", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a"), anEvent("b")]);
    await evictDurableObject(logOf(merchantId));
    await logOf(merchantId).append([anEvent("b"), anEvent("c"), anEvent("c")]);
    expect(await idsIn(merchantId)).toEqual(["c", "b", "a"]);
  });

  it("PCI-10.2.1.6: a log begins by saying so", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a")]);
    expect((await readAll(merchantId)).at(-1)).toMatchObject({
      sequence: 1,
      event: { action: "audit.started" },
    });
  });

  it("I7: 20 appends at once, half of them repeated, give one chain without gaps", async () => {
    const merchantId = freshMerchant();
    const log = logOf(merchantId);
    world.keyDelayMs = 1; // So that they come between each other.
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => log.append([anEvent(`e${n % 10}`), anEvent(`f${n}`)])),
    );
    world.keyDelayMs = 0;
    const all = await readAll(merchantId);
    expect(all.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: all.length }, (_, n) => all.length - n),
    );
    expect(new Set(all.map(({ event }) => event.id)).size).toBe(all.length);
    expect(all.length).toBe(1 + 10 + 20 + 1);
    await seal(merchantId);
    expect(await verified(merchantId)).toMatchObject({ findings: [], entries: 32 });
  });

  it("I10: what lies in the object and the bucket tells nothing of what was logged", async () => {
    const merchantId = freshMerchant();
    const details = { note: "called 9506489925, card 4111111111111111", who: "asha@ybl" };
    await logOf(merchantId).append([anEvent("secret-id", { details })]);
    const parts = ["secret-id", "ak_old", "revoked", "9506489925", "411111", "ybl", "203.0.113"];
    const dump = await dumpOf(merchantId);
    for (const part of parts) expect(dump).not.toContain(part);
    await seal(merchantId);
    const text = new TextDecoder().decode(await bytesOf(segmentName(merchantId, 1)));
    for (const part of parts) expect(text).not.toContain(part);
    expect((await readAll(merchantId)).find(({ event }) => event.id === "secret-id")).toMatchObject(
      {
        event: { details: { note: "called ********25, card 411111******1111", who: "***@ybl" } },
      },
    );
  });

  it("I7: an event that is too long keeps who, what and when, and is not refused", async () => {
    const merchantId = freshMerchant();
    const details = { text: "x".repeat(20_000) };
    await logOf(merchantId).append([anEvent("long", { details })]);
    expect((await readAll(merchantId)).find(({ event }) => event.id === "long")).toMatchObject({
      event: { action: "api_key.revoked", details: { truncated: true } },
    });
  });

  it("I7: what is not an event is refused, and nothing is logged", async () => {
    const merchantId = freshMerchant();
    const log = logOf(merchantId);
    await expect(async () =>
      log.append([anEvent("a"), anEvent("b", { action: "?" })]),
    ).rejects.toThrow("ZodError");
    await expect(async () =>
      log.append(Array.from({ length: 101 }, (_, n) => anEvent(`n${n}`))),
    ).rejects.toThrow("ZodError");
    expect(await rowsOf(merchantId, "entries")).toBe(0);
  });

  it("I7: appendAudit brings any number of events", async () => {
    const merchantId = freshMerchant();
    const events = Array.from({ length: 230 }, (_, n) => anEvent(`n${n}`));
    await appendAudit(env, merchantId, events);
    await appendAudit(env, merchantId, events);
    expect(await rowsOf(merchantId, "entries")).toBe(231);
  });

  it("I7: a clock that runs backwards does not turn the chain's time", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a")]);
    world.offsetMs -= 10 * MINUTE_MS;
    await logOf(merchantId).append([anEvent("b")]);
    world.offsetMs += 10 * MINUTE_MS;
    await seal(merchantId);
    expect((await verified(merchantId)).findings).toEqual([]);
  });
});

describe("sealing", () => {
  it("PCI-10.3.3: after an hour entries stand in the bucket, and leave the object", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a")]);
    world.offsetMs += HOUR_MS - MINUTE_MS;
    await runDurableObjectAlarm(logOf(merchantId));
    expect(await rowsOf(merchantId, "entries")).toBe(2);
    world.offsetMs += 2 * MINUTE_MS;
    await runDurableObjectAlarm(logOf(merchantId));
    expect(await rowsOf(merchantId, "entries")).toBe(0);
    expect(await idsIn(merchantId)).toEqual(["a"]);
    expect(await runDurableObjectAlarm(logOf(merchantId))).toBe(true); // The read that the line above logged.
    expect((await verified(merchantId)).findings).toEqual([]);
  });

  it("I7: a thousand entries are sealed at once, the rest waits", async () => {
    const merchantId = freshMerchant();
    await appendAudit(
      env,
      merchantId,
      Array.from({ length: 1_050 }, (_, n) => anEvent(`n${n}`)),
    );
    await runDurableObjectAlarm(logOf(merchantId));
    expect(await rowsOf(merchantId, "entries")).toBe(51);
    expect(await verified(merchantId)).toMatchObject({ findings: [], entries: 1_000 });
  });

  it("I7: a month ends with a segment of its own, and the chain runs on", async () => {
    const merchantId = freshMerchant();
    world.offsetMs = Date.UTC(2027, 0, 31, 23, 40) - Date.now();
    await logOf(merchantId).append([anEvent("january")]);
    world.offsetMs += 30 * MINUTE_MS;
    await logOf(merchantId).append([anEvent("february")]);
    await runDurableObjectAlarm(logOf(merchantId));
    expect(await rowsOf(merchantId, "entries")).toBe(1);
    await seal(merchantId);
    expect(await idsIn(merchantId)).toEqual(["february", "january"]);
    expect(await verified(merchantId)).toMatchObject({ findings: [], segments: 2, entries: 3 });
  });

  it("I6: a run that dies behind the put finds its segment there, and makes no second one", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a")]);
    world.bucketFault = { get: () => Promise.reject(new Error("died here")) };
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    await seal(merchantId);
    expect(logged.mock.calls.join()).toContain("audit segment not sealed");
    expect(await rowsOf(merchantId, "entries")).toBe(2);
    world.bucketFault = {};
    await logOf(merchantId).append([anEvent("b")]);
    await evictDurableObject(logOf(merchantId));
    await seal(merchantId);
    expect(await idsIn(merchantId)).toEqual(["b", "a"]);
    await seal(merchantId);
    expect((await verified(merchantId)).findings).toEqual([]);
  });

  it("I7: with another object under its name nothing leaves, nothing is overwritten, and health says so", async () => {
    const merchantId = freshMerchant();
    await env.AUDIT_SEGMENTS.put(segmentName(merchantId, 1), "not ours");
    await logOf(merchantId).append([anEvent("a")]);
    vi.spyOn(console, "error").mockImplementation(() => {});
    await seal(merchantId);
    expect(await rowsOf(merchantId, "entries")).toBe(2);
    expect(new TextDecoder().decode(await bytesOf(segmentName(merchantId, 1)))).toBe("not ours");
    world.offsetMs += 3 * HOUR_MS;
    expect(await logOf(merchantId).health()).toMatchObject({ ok: false });
  });

  it("I8: while the bucket is away appends go on; tries grow apart, and in the end all is sealed", async () => {
    const merchantId = freshMerchant();
    const put = vi.fn<() => Promise<boolean>>(() => Promise.reject(new Error("away")));
    world.bucketFault = { put };
    vi.spyOn(console, "error").mockImplementation(() => {});
    await logOf(merchantId).append([anEvent("a")]);
    await seal(merchantId);
    for (let n = 0; n < 20; n += 1) await logOf(merchantId).append([anEvent(`b${n}`)]);
    const alarmMs = await runInDurableObject(logOf(merchantId), (_, { storage }) =>
      storage.getAlarm(),
    );
    expect((alarmMs ?? 0) - world.nowMs()).toBeGreaterThan(50_000);
    expect(put).toHaveBeenCalledOnce();
    world.bucketFault = {};
    await seal(merchantId);
    await runDurableObjectAlarm(logOf(merchantId));
    expect(await rowsOf(merchantId, "entries")).toBe(0);
    expect(await verified(merchantId)).toMatchObject({ findings: [], entries: 22 });
  });

  it("I7: deaths anywhere, repeats and hours in any order: one chain, every event once", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const step = fc.oneof(
      fc.record({
        type: fc.constant("append" as const),
        ids: fc.array(fc.nat(30), { maxLength: 6 }),
      }),
      fc.record({ type: fc.constantFrom("hour", "evict", "put_dies", "get_dies", "lies") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const merchantId = freshMerchant();
        const sent = new Set<string>();
        for (const taken of steps) {
          world.bucketFault = {};
          switch (taken.type) {
            case "append": {
              if (!("ids" in taken)) break;
              const ids = taken.ids.map((id) => `e${id}`);
              for (const id of ids) sent.add(id);
              await logOf(merchantId).append(ids.map((id) => anEvent(id)));
              break;
            }
            case "evict":
              await logOf(merchantId).health();
              await evictDurableObject(logOf(merchantId));
              break;
            case "put_dies":
              world.bucketFault = { put: () => Promise.reject(new Error("died")) };
              await seal(merchantId);
              break;
            case "get_dies":
              world.bucketFault = { get: () => Promise.reject(new Error("died")) };
              await seal(merchantId);
              break;
            case "lies":
              world.bucketFault = { put: () => Promise.resolve(true) }; // Written, it says.
              await seal(merchantId);
              break;
            case "hour":
              await seal(merchantId);
              break;
            default:
              throw new Error("no such step");
          }
        }
        world.bucketFault = {};
        await seal(merchantId);
        await seal(merchantId);
        expect((await verified(merchantId)).findings).toEqual([]);
        expect((await idsIn(merchantId)).toSorted()).toEqual([...sent].toSorted());
      }),
      { numRuns: 12 },
    );
  });
});

describe("search", () => {
  it("API-4: pages go from the newest to the oldest, across segments, each entry once", async () => {
    const merchantId = freshMerchant();
    for (let n = 0; n < 4; n += 1) {
      await logOf(merchantId).append([anEvent(`n${n}a`), anEvent(`n${n}b`)]);
      if (n < 3) await seal(merchantId);
    }
    const sequences: number[] = [];
    let before: number | null = null;
    do {
      const page = await logOf(merchantId).search({ ...everything, limit: 2, before }, reader());
      expect(page.entries.length).toBeLessThanOrEqual(2);
      sequences.push(...page.entries.map(({ sequence }) => sequence));
      ({ before } = page);
    } while (before !== null);
    expect(sequences).toEqual(sequences.toSorted((left, right) => right - left));
    expect(sequences.length).toBe(new Set(sequences).size);
    expect(sequences.at(-1)).toBe(1);
    expect(sequences.length).toBe(1 + 8 + 1);
  });

  it("PCI-10.2.2: by action, object and the time of logging", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a"), anEvent("b", { action: "config.changed" })]);
    await seal(merchantId);
    const laterMs = world.nowMs();
    await logOf(merchantId).append([anEvent("c", { object: { type: "payment", id: "order-1" } })]);
    const found = async (query: object) =>
      (await readAll(merchantId, query)).map(({ event }) => event.id);
    expect(await found({ action: "config.changed" })).toEqual(["b"]);
    expect(await found({ object: "order-1" })).toEqual(["c"]);
    expect(await found({ action: "api_key.revoked", fromMs: laterMs })).toEqual(["c"]);
    expect(await found({ action: "api_key.revoked", toMs: laterMs - MINUTE_MS })).toEqual(["a"]);
    expect(await found({ action: "config.changed", object: "order-1" })).toEqual([]);
  });

  it("PCI-10.2.1.3: that it was read stands in the log, once per key and hour", async () => {
    const merchantId = freshMerchant();
    for (let n = 0; n < 5; n += 1) await logOf(merchantId).search(everything, reader("ak_1"));
    await logOf(merchantId).search(everything, reader("ak_2"));
    world.offsetMs += HOUR_MS;
    await logOf(merchantId).search(everything, reader("ak_1"));
    const reads = await readAll(merchantId, { action: "audit.read" });
    expect(reads.map(({ event }) => event.actor.id)).toEqual(["ak_reader", "ak_1", "ak_2", "ak_1"]);
  });

  it("PCI-10.5.1: a year back, and no further", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("old")]);
    await seal(merchantId);
    world.offsetMs += 364 * DAY_MS;
    await logOf(merchantId).append([anEvent("new")]);
    expect(await idsIn(merchantId)).toEqual(["new", "old"]);
    world.offsetMs += 3 * DAY_MS;
    expect(await idsIn(merchantId)).toEqual(["new"]);
  });
});

describe("retention", () => {
  it("PCI-3.2.1: after seven years segments go, and the log still verifies", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("first")]);
    await seal(merchantId);
    startOf(2027, 1, 10);
    await logOf(merchantId).append([anEvent("second")]);
    await seal(merchantId);
    startOf(2034, 0, 31); // The last day of the last month that January 2027 is kept for.
    await logOf(merchantId).daily();
    expect(await rowsOf(merchantId, "segments")).toBe(2);
    startOf(2034, 1, 1);
    await logOf(merchantId).daily();
    expect(await rowsOf(merchantId, "segments")).toBe(1);
    expect(await env.AUDIT_SEGMENTS.head(segmentName(merchantId, 1))).toBeNull();
    expect(await verified(merchantId)).toMatchObject({ findings: [], removed: 1, segments: 1 });
    expect(await readAll(merchantId, { action: "audit.removed" })).toHaveLength(1);
  });

  it("PCI-3.2.1: a removal that died anywhere is finished, as it was begun", async () => {
    const merchantId = freshMerchant();
    for (const month of [0, 1, 2]) {
      startOf(2027, month, 10);
      await logOf(merchantId).append([anEvent(`n${month}`)]);
      await seal(merchantId);
    }
    vi.spyOn(console, "error").mockImplementation(() => {});
    startOf(2034, 1, 1);
    world.bucketFault = { remove: () => Promise.reject(new Error("died")) };
    await expect(async () => logOf(merchantId).daily()).rejects.toThrow("died");
    expect((await verified(merchantId)).findings).toEqual([]);
    world.bucketFault = {};
    startOf(2034, 2, 1); // By now February's time is over as well.
    await logOf(merchantId).daily();
    expect(await rowsOf(merchantId, "segments")).toBe(2);
    await logOf(merchantId).daily();
    await logOf(merchantId).daily();
    expect(await rowsOf(merchantId, "segments")).toBe(1);
    expect(await env.AUDIT_SEGMENTS.head(removalName(merchantId, 2))).not.toBeNull();
    expect(await verified(merchantId)).toMatchObject({ findings: [], removed: 2 });
    const told = await readAll(merchantId, { action: "audit.removed" });
    expect(told.map(({ event }) => event.details["toSegment"])).toEqual([2, 1]);
  });
});

describe("the daily check", () => {
  it("PCI-10.4.1.1: a log that is whole verifies, and health says when", async () => {
    const merchantId = freshMerchant();
    expect(await logOf(merchantId).health()).toEqual({ ok: true, detail: "answers" });
    await logOf(merchantId).append([anEvent("a")]);
    await seal(merchantId);
    await logOf(merchantId).append([anEvent("b")]);
    expect(await logOf(merchantId).daily()).toEqual({
      ok: true,
      detail: "verified: 1 segments, 1 entries",
    });
    expect(await logOf(merchantId).health()).toMatchObject({
      ok: true,
      detail: expect.stringContaining("verified: 1 segments"),
    });
  });

  it("PCI-10.7.2: a daily check that runs no more is shown", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).daily();
    world.offsetMs += 2 * DAY_MS;
    expect(await logOf(merchantId).health()).toMatchObject({ ok: true });
    world.offsetMs += 3 * HOUR_MS;
    expect(await logOf(merchantId).health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining("not verified since"),
    });
  });

  it("PCI-10.7.2: a log that was never verified is shown once it is two days old", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a")]);
    await seal(merchantId);
    expect(await logOf(merchantId).health()).toEqual({ ok: true, detail: "answers" });
    world.offsetMs += 2 * DAY_MS + 3 * HOUR_MS;
    expect(await logOf(merchantId).health()).toEqual({ ok: false, detail: "never verified" });
  });

  it("PCI-10.4.1.1: a segment that is gone leaves its entries and those behind it unverified", async () => {
    const merchantId = freshMerchant();
    for (const id of ["a", "b"]) {
      await logOf(merchantId).append([anEvent(id)]);
      await seal(merchantId);
    }
    await env.AUDIT_SEGMENTS.delete(segmentName(merchantId, 2));
    vi.spyOn(console, "error").mockImplementation(() => {});
    await logOf(merchantId).daily();
    expect(await logOf(merchantId).standing()).toMatchObject({
      chain: { ok: false },
      coverage: { known: 3, verified: 2 },
    });
  });

  it.each([
    {
      harm: "a segment that is gone",
      do: (name: string) => env.AUDIT_SEGMENTS.delete(name),
      says: "segment 1 is missing",
    },
    {
      harm: "a segment that was changed",
      do: async (name: string) => {
        const text = new TextDecoder().decode(await bytesOf(name));
        await env.AUDIT_SEGMENTS.put(name, text.replace(/"sealed":"fp2/, '"sealed":"fp1'));
      },
      says: "segment 1 was changed",
    },
  ])("PCI-10.4.1.1: $harm is found, logged and shown", async ({ do: harm, says }) => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a")]);
    await seal(merchantId);
    await harm(segmentName(merchantId, 1));
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await logOf(merchantId).daily()).toMatchObject({ ok: false });
    expect(logged.mock.calls.join()).toContain("audit log does not verify");
    const health = await logOf(merchantId).health();
    expect(health).toMatchObject({ ok: false, detail: expect.stringContaining(says) });
  });

  it("PCI-10.4.1.1: a live row that was changed in storage is found", async () => {
    const merchantId = freshMerchant();
    await logOf(merchantId).append([anEvent("a"), anEvent("b")]);
    await runInDurableObject(logOf(merchantId), (_, { storage }) => {
      storage.sql.exec(`UPDATE entries SET line = replace(line, 'fp2', 'fp1') WHERE sequence = 2`);
    });
    vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await logOf(merchantId).daily()).toMatchObject({
      ok: false,
      detail: expect.stringContaining("entry 2"),
    });
  });
});

describe("RPC surface", () => {
  it("style.md 7: a stub of a log can call these methods and no others", () => {
    expect(surfaceOf(AuditObject)).toEqual([
      "alarm",
      "append",
      "closedBy",
      "daily",
      "dump",
      "health",
      "keys",
      "restoreDump",
      "search",
      "standing",
    ]);
  });
});

describe("the key that signs", () => {
  const keyIds = async (merchantId: string) =>
    (await logOf(merchantId).keys()).keys.map(({ kid }) => kid);
  const signerOf = async (merchantId: string, segment: number) => {
    const text = new TextDecoder().decode(await bytesOf(segmentName(merchantId, segment)));
    return z.looseObject({ keyId: z.string() }).parse(JSON.parse(text.split("\n")[0] ?? "")).keyId;
  };

  it("JOS-7: is followed by another after a year, which signs when a backup may hold it; both verify", async () => {
    const merchantId = freshMerchant();
    const log = logOf(merchantId);
    await log.append([anEvent("a")]);
    await log.daily();
    const [first] = await keyIds(merchantId);
    expect(await keyIds(merchantId)).toHaveLength(1);

    world.offsetMs += 365 * DAY_MS;
    await seal(merchantId);
    await log.daily();
    await log.daily();
    const [, second, ...more] = await keyIds(merchantId);
    expect(more).toEqual([]);
    await seal(merchantId);
    await log.append([anEvent("b")]);
    world.offsetMs += 6 * HOUR_MS;
    await seal(merchantId);

    const signers = await Promise.all([1, 2, 3].map((segment) => signerOf(merchantId, segment)));
    expect(signers).toEqual([first, first, second]);
    expect(await verified(merchantId)).toMatchObject({ findings: [] });
    expect(await readAll(merchantId, { action: "audit.key_made" })).toMatchObject([
      { event: { details: { keyId: second } } },
    ]);
  });
});
