import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";
import type { SelfTestPorts } from "#ops-objects";
import { freshId } from "../../support/call.ts";
import { world } from "../../support/world.ts";

/** A door that refuses all: fast, and every run fails. */
const closed = async () => Response.json({}, { status: 403 });
const revoked: string[] = [];

/** No vault, no log: what an object needs to come to an end. */
const emptyPorts = (ports: SelfTestPorts): SelfTestPorts => ({
  ...ports,
  nowMs: world.nowMs,
  fetch: closed,
  makeKey: async () => ({ keyId: "ak_run", secret: "secret" }),
  revokeKey: async (keyId) => void revoked.push(keyId),
  isKeyEnded: async () => true,
  foreignPayment: async () => null,
  canary: async () => null,
  throughAudit: async () => null,
  auditChain: async () => ({ ok: true, detail: "verified" }),
  overdueKeys: async () => [],
  token: async () => null,
});

const objectOf = () => env.SELF_TESTS.getByName(freshId("merchant"));
type Stub = ReturnType<typeof objectOf>;

/** All chapters, and the end. */
async function finish(stub: Stub): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await runDurableObjectAlarm(stub);
}

beforeEach(() => {
  world.offsetMs = DAY_MS; // No alarm comes by itself.
  world.selfTestPorts = emptyPorts;
  revoked.length = 0;
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

describe("SelfTestObject", () => {
  it("api.md 7: a run is answered at once, and goes on by itself to its end", async () => {
    const stub = objectOf();
    const { runId } = await stub.begin();
    expect(await stub.run(runId)).toMatchObject({ state: "running", finishedAtMs: null });
    await finish(stub);
    const run = await stub.run(runId);
    expect(run).toMatchObject({ runId, state: "failed", finishedAtMs: expect.any(Number) });
    expect(run?.tests.map(({ id }) => id)).toContain("key.ended.calls");
    expect(await stub.newest()).toEqual(run);
  });

  it("28: at most one run at a time: begun again, it is the one under way", async () => {
    const stub = objectOf();
    const [first, second] = await Promise.all([stub.begin(), stub.begin()]);
    expect(second).toEqual(first);
    await finish(stub);
    expect(await stub.begin()).not.toEqual(first);
  });

  it("28: a failed run is told as security.alert, once, also when the merchant's server is away", async () => {
    const stub = objectOf();
    world.noticesArrive = false;
    const { runId } = await stub.begin();
    await finish(stub);
    expect(world.alerts.length).toBeGreaterThan(0);
    world.noticesArrive = true;
    await runDurableObjectAlarm(stub);
    const told = world.alerts.length;
    expect(await runDurableObjectAlarm(stub)).toBe(false);
    expect(world.alerts).toHaveLength(told);
    expect(new Set(world.alerts.map(({ id }) => id))).toEqual(new Set([`${runId}_alert`]));
    expect(JSON.parse(world.alerts[0]?.body ?? "")).toMatchObject({
      type: "security.alert",
      data: { reason: "self_test_failed", runId, failed: expect.arrayContaining(["cors.foreign"]) },
    });
  });

  it("28: a chapter that an alarm finds begun broke off: the run failed, and its keys are ended", async () => {
    const stub = objectOf();
    const { runId } = await stub.begin();
    await runInDurableObject(stub, (_, { storage }) => {
      const run = storage.kv.get<object>("current");
      storage.kv.put("current", { ...run, begun: true, keyIds: ["ak_left"] });
    });
    await runDurableObjectAlarm(stub);
    const run = await stub.run(runId);
    expect(run?.state).toBe("failed");
    expect(run?.tests.at(-1)).toMatchObject({ id: "run.finished", ok: false });
    expect(revoked).toContain("ak_left");
  });

  it("28: a run whose alarm never comes is no longer running after a quarter of an hour", async () => {
    const stub = objectOf();
    const { runId } = await stub.begin();
    world.offsetMs += 16 * MINUTE_MS;
    expect(await stub.run(runId)).toMatchObject({ state: "failed" });
  });

  it("28: a chapter that cannot begin ends the run as failed", async () => {
    const stub = objectOf();
    world.selfTestPorts = (ports) => ({
      ...emptyPorts(ports),
      makeKey: () => Promise.reject(new Error("the vault is away")),
    });
    const { runId } = await stub.begin();
    await runDurableObjectAlarm(stub);
    expect(await stub.run(runId)).toMatchObject({ state: "failed" });
  });

  it("28: a result that was changed does not verify, and is no pass", async () => {
    const stub = objectOf();
    const { runId } = await stub.begin();
    await finish(stub);
    await runInDurableObject(stub, (_, { storage }) => {
      for (const [name, kept] of storage.kv.list<{ text: string }>({ prefix: "ended/" })) {
        const text = kept.text
          .replaceAll('"ok":false', '"ok":true')
          .replace('"state":"failed"', '"state":"passed"');
        storage.kv.put(name, { ...kept, text });
      }
    });
    expect(await stub.run(runId)).toMatchObject({
      state: "failed",
      tests: [{ id: "result.signature", ok: false }],
    });
  });

  it("28: a result of another merchant does not verify either", async () => {
    const [stub, other] = [objectOf(), objectOf()];
    const { runId } = await stub.begin();
    await finish(stub);
    const kept = await runInDurableObject(stub, (_, { storage }) => [
      ...storage.kv.list({ prefix: "ended/" }),
    ]);
    await runInDurableObject(other, (_, { storage }) => {
      for (const [name, value] of kept) storage.kv.put(name, value);
    });
    expect(await other.run(runId)).toMatchObject({ tests: [{ id: "result.signature" }] });
  });

  it("28: results are kept for 30 days", async () => {
    const stub = objectOf();
    const { runId } = await stub.begin();
    await finish(stub);
    world.offsetMs += 29 * DAY_MS;
    await stub.begin();
    await finish(stub);
    expect(await stub.run(runId)).not.toBeNull();
    world.offsetMs += DAY_MS + HOUR_MS;
    await stub.begin();
    await finish(stub);
    expect(await stub.run(runId)).toBeNull();
  });

  it("28: of more than 100 runs the newest are kept", async () => {
    const stub = objectOf();
    await runInDurableObject(stub, (_, { storage }) => {
      for (let nth = 0; nth < 100; nth += 1) {
        const startedAtMs = String(world.nowMs() - HOUR_MS + nth).padStart(15, "0");
        storage.kv.put(`ended/${startedAtMs}/run_${nth}`, { text: "{}", signature: "" });
      }
    });
    await stub.begin();
    await finish(stub);
    const names = await runInDurableObject(stub, (_, { storage }) =>
      [...storage.kv.list({ prefix: "ended/" })].map(([name]) => name),
    );
    expect(names).toHaveLength(100);
    expect(names[0]).toContain("run_1");
  });

  it("style.md 7: nobody calls more of it than this", async () => {
    const methods = await runInDurableObject(objectOf(), (instance) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(Object.getPrototypeOf(instance))),
    );
    expect(methods.toSorted()).toEqual(["alarm", "begin", "constructor", "newest", "run"]);
  });
});
