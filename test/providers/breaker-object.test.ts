import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import {
  type BreakerLines,
  type BreakerPorts,
  isAnyOpen,
  makeBreaker,
  type Pass,
} from "../../src/providers/breaker-view.ts";
import { BreakerObject } from "../support/worker.ts";
import { freshId } from "../support/call.ts";
import { world } from "../support/world.ts";

/** One isolate: memory of its own, the real object behind. */
function makeIsolate(name: string, more: Partial<BreakerPorts> = {}) {
  const lines: BreakerLines = new Map();
  const beside: Promise<void>[] = [];
  const hops: string[] = [];
  const object = () => env.BREAKERS.getByName(name);
  const breaker = makeBreaker(lines, name, {
    nowMs: world.nowMs,
    log: () => {},
    async exchange(_, report) {
      hops.push("exchange");
      return object().exchange(report);
    },
    async askProbe(_, operation, probe) {
      hops.push("askProbe");
      return object().askProbe(operation, probe);
    },
    beside: (work) => beside.push(work),
    ...more,
  });
  const settle = async () => {
    while (beside.length > 0) await beside.shift();
  };
  return {
    breaker,
    hops,
    settle,
    isOpen: () => isAnyOpen(lines, world.nowMs()),
    /** One call from beginning to end; whether it was let through. */
    async call(failed: boolean): Promise<boolean> {
      const pass = await breaker.enter("pay");
      if (pass) breaker.leave("pay", pass, failed);
      await settle();
      return pass !== undefined;
    },
  };
}

const fail = async (isolate: ReturnType<typeof makeIsolate>, times: number) => {
  for (let call = 0; call < times; call += 1) await isolate.call(true);
};

afterEach(() => {
  world.offsetMs = 0;
});

describe("breaker shared by isolates", () => {
  it("design.md 5: failures of two isolates add up, and open it for both", async () => {
    const name = freshId("merchant");
    const [one, two] = [makeIsolate(name), makeIsolate(name)];
    await fail(one, 3);
    await fail(two, 2);
    expect(await two.call(false)).toBe(false);
    world.offsetMs += 6_000; // The other's snapshot is old now: one call goes, and learns.
    expect(await one.call(false)).toBe(true);
    expect(await one.call(false)).toBe(false);
    expect([one.isOpen(), two.isOpen()]).toEqual([true, true]);
  });

  it("design.md 5: other operations and other merchants are not touched", async () => {
    const name = freshId("merchant");
    const one = makeIsolate(name);
    await fail(one, 5);
    expect(await one.breaker.enter("order_status")).toEqual({ probe: null });
    expect(await makeIsolate(freshId("merchant")).call(false)).toBe(true);
  });

  it("design.md 5: an isolate opens by its own failures before the object has heard of them", async () => {
    const isolate = makeIsolate(freshId("merchant"), { exchange: () => new Promise(() => {}) });
    for (let call = 0; call < 5; call += 1) {
      isolate.breaker.leave("pay", (await isolate.breaker.enter("pay")) ?? { probe: null }, true);
    }
    expect(await isolate.breaker.enter("pay")).toBeUndefined();
  });

  it("api.md 8: after 15 s one probe leaves for both isolates, and heals both", async () => {
    const name = freshId("merchant");
    const [one, two] = [makeIsolate(name), makeIsolate(name)];
    await fail(one, 5);
    await two.call(false);
    await two.call(false);
    world.offsetMs += 14_000;
    expect([await one.breaker.enter("pay"), await two.breaker.enter("pay")]).toEqual([
      undefined,
      undefined,
    ]);
    world.offsetMs += 1_500;
    const passes = await Promise.all([
      one.breaker.enter("pay"),
      two.breaker.enter("pay"),
      one.breaker.enter("pay"),
      two.breaker.enter("pay"),
    ]);
    const probes = passes.filter((pass): pass is Pass => pass !== undefined);
    expect(probes).toHaveLength(1);
    expect(probes[0]?.probe).toBeTypeOf("string");
    const prober = passes.indexOf(probes[0]) % 2 === 0 ? one : two;
    prober.breaker.leave("pay", probes[0] ?? { probe: null }, false);
    await prober.settle();
    world.offsetMs += 1_000;
    for (const isolate of [one, two, one, two]) expect(await isolate.call(false)).toBe(true);
    expect([one.isOpen(), two.isOpen()]).toEqual([false, false]);
  });

  it("design.md 5: a probe that fails keeps it open for both, for 15 s more", async () => {
    const name = freshId("merchant");
    const [one, two] = [makeIsolate(name), makeIsolate(name)];
    await fail(one, 5);
    world.offsetMs += 15_000;
    expect(await one.call(true)).toBe(true);
    await two.call(false); // Learns of it.
    world.offsetMs += 14_500;
    expect(await one.call(true)).toBe(false);
    expect(await two.call(true)).toBe(false);
    world.offsetMs += 500;
    expect(await one.call(false)).toBe(true);
  });

  it("design.md 5: a good day costs no question, and one exchange in five seconds", async () => {
    const isolate = makeIsolate(freshId("merchant"));
    for (let call = 0; call < 50; call += 1) await isolate.call(false);
    expect(isolate.hops).toEqual(["exchange"]);
    world.offsetMs += 5_000;
    await isolate.call(false);
    expect(isolate.hops).toEqual(["exchange", "exchange"]);
  });

  it("design.md 5: entering waits for no hop, even when the object hangs", async () => {
    const isolate = makeIsolate(freshId("merchant"), { exchange: () => new Promise(() => {}) });
    expect(await isolate.breaker.enter("pay")).toEqual({ probe: null });
  });

  it("design.md 17: without the object an isolate opens, probes and heals by what it saw itself", async () => {
    const down = () => Promise.reject(new Error("overloaded"));
    const isolate = makeIsolate(freshId("merchant"), { exchange: down, askProbe: down });
    await fail(isolate, 5);
    expect(await isolate.call(false)).toBe(false);
    world.offsetMs += 15_000;
    const probe = await isolate.breaker.enter("pay");
    expect(await isolate.breaker.enter("pay")).toBeUndefined();
    isolate.breaker.leave("pay", probe ?? { probe: null }, false);
    expect(await isolate.call(false)).toBe(true);
  });

  it("design.md 5: an open breaker outlives the object's memory", async () => {
    const name = freshId("merchant");
    await fail(makeIsolate(name), 5);
    await evictDurableObject(env.BREAKERS.getByName(name));
    const { pay } = await env.BREAKERS.getByName(name).exchange({ tallies: {}, probes: [] });
    expect(pay?.state).toBe("open");
    expect(pay?.leftMs).toBeGreaterThan(10_000);
    expect(await env.BREAKERS.getByName(name).askProbe("pay", "p")).toMatchObject({ type: "wait" });
  });

  it("style.md 7: a probe that asks twice is one probe", async () => {
    const name = freshId("merchant");
    const object = env.BREAKERS.getByName(name);
    await fail(makeIsolate(name), 5);
    world.offsetMs += 15_000;
    expect(await object.askProbe("pay", "mine")).toEqual({ type: "probe" });
    expect(await object.askProbe("pay", "mine")).toEqual({ type: "probe" });
    expect(await object.askProbe("pay", "other")).toMatchObject({ type: "wait" });
  });

  it("design.md 5: healthy circuits write nothing, and the alarm clears old ones", async () => {
    const name = freshId("merchant");
    const object = env.BREAKERS.getByName(name);
    const rows = () =>
      runInDurableObject(object, (_, { storage }) =>
        storage.sql.exec("SELECT operation FROM circuits").toArray(),
      );
    await makeIsolate(name).call(false);
    expect(await rows()).toEqual([]);
    await fail(makeIsolate(name), 5);
    expect(await rows()).toEqual([{ operation: "pay" }]);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rows()).toHaveLength(1);
    world.offsetMs += 11 * 60_000;
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rows()).toEqual([]);
    expect(await object.exchange({ tallies: {}, probes: [] })).toEqual({});
  });

  it("style.md 7: a stub can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(BreakerObject.prototype);
    const names = [BreakerObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual([
      "alarm",
      "askProbe",
      "constructor",
      "exchange",
    ]);
  });
});
