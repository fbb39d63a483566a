import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import type { AdmitRequest } from "#door";
import { GateObject } from "../support/worker.ts";
import { freshId } from "../support/call.ts";
import { world } from "../support/world.ts";
import { surfaceOf } from "./rpc-surface.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

afterEach(() => {
  world.offsetMs = 0;
});

const gateOf = () => env.GATES.getByName(freshId("gate"));
const nowSec = () => Math.floor(world.nowMs() / 1_000);
const ask = (more: Partial<AdmitRequest> = {}): AdmitRequest => ({
  keyId: "ak_1",
  nonce: crypto.randomUUID(),
  createdSec: nowSec(),
  rate: null,
  idempotency: null,
  ...more,
});
const withKey = (keyHash: string, fingerprint: string) =>
  ask({ idempotency: { keyHash, fingerprint } });

const ADMITTED = { admitted: true, rates: [] };
const REPLAYED = { admitted: false, reason: "nonce_replayed", rates: [] };
const REUSED = { admitted: false, reason: "idempotency_key_reused", rates: [] };

function rows(gate: ReturnType<typeof gateOf>): Promise<{ nonces: number; fingerprints: number }> {
  return runInDurableObject(gate, (_, state) => {
    const count = (table: string) =>
      Number(state.storage.sql.exec(`SELECT COUNT(*) AS n FROM ${table}`).one()["n"]);
    return { nonces: count("admissions"), fingerprints: count("fingerprints") };
  });
}

describe("nonces", () => {
  it("SIG-11: a nonce counts once", async () => {
    const gate = gateOf();
    const request = ask();
    expect(await gate.admit(request)).toEqual(ADMITTED);
    expect(await gate.admit(request)).toEqual(REPLAYED);
    expect(await gate.admit({ ...request, nonce: crypto.randomUUID() })).toEqual(ADMITTED);
  });

  it("SIG-11: the same nonce of another API key is another nonce", async () => {
    const gate = gateOf();
    const request = ask();
    expect(await gate.admit(request)).toEqual(ADMITTED);
    expect(await gate.admit({ ...request, keyId: "ak_2" })).toEqual(ADMITTED);
  });

  it("SIG-11: of 50 at once with one nonce one is admitted", async () => {
    const gate = gateOf();
    const request = ask();
    const answers = await Promise.all(Array.from({ length: 50 }, () => gate.admit(request)));
    expect(answers.filter((answer) => answer.admitted)).toHaveLength(1);
  });

  it("SIG-11: nonces outlive the object's memory", async () => {
    const gate = gateOf();
    const request = ask();
    await gate.admit(request);
    await evictDurableObject(gate);
    expect(await gate.admit(request)).toEqual(REPLAYED);
  });

  it("SIG-11: a nonce is remembered as long as its signature could be fresh", async () => {
    const gate = gateOf();
    const request = ask();
    await gate.admit(request);
    world.offsetMs = 330_000;
    await runDurableObjectAlarm(gate);
    expect(await gate.admit(request)).toEqual(REPLAYED);
  });

  it("SIG-11: a nonce of a signature from the future is remembered from its own time", async () => {
    const gate = gateOf();
    const request = ask({ createdSec: nowSec() + 30 });
    await gate.admit(request);
    world.offsetMs = 330_000;
    await runDurableObjectAlarm(gate);
    expect(await gate.admit(request)).toEqual(REPLAYED);
  });

  it("SIG-11: the alarm clears what no signature can use any more", async () => {
    const gate = gateOf();
    await gate.admit(ask());
    expect(await rows(gate)).toEqual({ nonces: 1, fingerprints: 0 });
    world.offsetMs = 10 * MINUTE_MS;
    expect(await runDurableObjectAlarm(gate)).toBe(true);
    expect(await rows(gate)).toEqual({ nonces: 0, fingerprints: 0 });
  });

  it("SIG-11: an emptied gate plans no more alarms, the next nonce plans one", async () => {
    const gate = gateOf();
    await gate.admit(ask());
    world.offsetMs = 10 * MINUTE_MS;
    await runDurableObjectAlarm(gate);
    expect(await runDurableObjectAlarm(gate)).toBe(false);
    await gate.admit(ask());
    expect(await runDurableObjectAlarm(gate)).toBe(true);
  });
});

describe("idempotency keys", () => {
  it("IDM-2: the same fingerprint comes in again", async () => {
    const gate = gateOf();
    expect(await gate.admit(withKey("k", "one"))).toEqual(ADMITTED);
    expect(await gate.admit(withKey("k", "one"))).toEqual(ADMITTED);
  });

  it("IDM-2: another fingerprint under the same key is refused", async () => {
    const gate = gateOf();
    await gate.admit(withKey("k", "one"));
    expect(await gate.admit(withKey("k", "two"))).toEqual(REUSED);
    expect(await gate.admit(withKey("k", "one"))).toEqual(ADMITTED);
    expect(await gate.admit(withKey("other", "two"))).toEqual(ADMITTED);
  });

  it("IDM-1: a key counts for all API keys of the merchant", async () => {
    const gate = gateOf();
    await gate.admit(withKey("k", "one"));
    expect(await gate.admit({ ...withKey("k", "two"), keyId: "ak_2" })).toEqual(REUSED);
  });

  it("IDM-3: a replayed nonce stores no idempotency key", async () => {
    const gate = gateOf();
    const request = ask();
    await gate.admit(request);
    const idempotency = { keyHash: "k", fingerprint: "forged" };
    expect(await gate.admit({ ...request, idempotency })).toEqual(REPLAYED);
    expect(await gate.admit(withKey("k", "mine"))).toEqual(ADMITTED);
  });

  it("SIG-11: a refused key has used up its nonce all the same", async () => {
    const gate = gateOf();
    await gate.admit(withKey("k", "one"));
    const refused = withKey("k", "two");
    expect(await gate.admit(refused)).toEqual(REUSED);
    expect(await gate.admit(refused)).toEqual(REPLAYED);
  });

  it.each([
    ["just under", DAY_MS - MINUTE_MS, REUSED],
    ["over", DAY_MS + MINUTE_MS, ADMITTED],
  ])("IDM-6: a key %s 24 hours old", async (_, laterMs, expected) => {
    const gate = gateOf();
    await gate.admit(withKey("k", "one"));
    world.offsetMs = laterMs;
    expect(await gate.admit(withKey("k", "two"))).toEqual(expected);
  });

  it("IDM-6: the alarm keeps keys for 24 hours, then clears them", async () => {
    const gate = gateOf();
    await gate.admit(withKey("k", "one"));
    world.offsetMs = DAY_MS - MINUTE_MS;
    await runDurableObjectAlarm(gate);
    expect(await rows(gate)).toEqual({ nonces: 0, fingerprints: 1 });
    world.offsetMs = DAY_MS + 10 * MINUTE_MS;
    await runDurableObjectAlarm(gate);
    expect(await rows(gate)).toEqual({ nonces: 0, fingerprints: 0 });
  });

  it("IDM-6: a key outlives the object's memory", async () => {
    const gate = gateOf();
    await gate.admit(withKey("k", "one"));
    await evictDurableObject(gate);
    expect(await gate.admit(withKey("k", "two"))).toEqual(REUSED);
  });
});

describe("a shard that is new", () => {
  it("I11: refuses a key that had ended before the shard was needed", async () => {
    const merchant = freshId("gate");
    await env.GATES.getByName(merchant).endKey("ak_1", 0);
    const shard = env.GATES.getByName(`${merchant}/3`);
    expect(await shard.admit(ask())).toMatchObject({ admitted: false, reason: "key_revoked" });
    expect(await shard.admit(ask({ keyId: "ak_2" }))).toEqual(ADMITTED);
  });

  it("I11: asks once, and remembers it over an eviction", async () => {
    const merchant = freshId("gate");
    const shard = env.GATES.getByName(`${merchant}/1`);
    await shard.admit(ask());
    await evictDurableObject(shard);
    await env.GATES.getByName(merchant).endKey("ak_1", 0);
    expect(await shard.admit(ask())).toEqual(ADMITTED); // told to the shard itself from now on
    await shard.endKey("ak_1", 0);
    expect(await shard.admit(ask())).toMatchObject({ reason: "key_revoked" });
  });
});

describe("RPC surface", () => {
  it("style.md 7: a stub of a gate can call these methods and no others", () => {
    expect(surfaceOf(GateObject)).toEqual(["admit", "alarm", "claim", "endKey", "ends", "release"]);
  });
});
