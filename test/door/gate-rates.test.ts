import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import type { AdmitRequest } from "#door";
import { freshId } from "../support/call.ts";
import { world } from "../support/world.ts";

const MINUTE_MS = 60_000;

afterEach(() => {
  world.offsetMs = 0;
});

const gateOf = () => env.GATES.getByName(freshId("gate"));
type Gate = ReturnType<typeof gateOf>;
type Rate = NonNullable<AdmitRequest["rate"]>;

const nowSec = () => Math.floor(world.nowMs() / 1_000);
const rateOf = (quota: number, windowMs = 10_000, rateClass: Rate["class"] = "initiate"): Rate => ({
  class: rateClass,
  limits: [{ name: rateClass, quota, windowMs }],
});
const ask = (more: Partial<AdmitRequest> = {}): AdmitRequest => ({
  keyId: "ak_1",
  nonce: crypto.randomUUID(),
  createdSec: nowSec(),
  rate: rateOf(3),
  idempotency: null,
  ...more,
});
const reasonOf = async (gate: Gate, request: AdmitRequest) => {
  const answer = await gate.admit(request);
  return answer.admitted ? "admitted" : answer.reason;
};

/** How many of so many requests come in, one after the other. */
async function admittedOf(
  gate: Gate,
  times: number,
  more: Partial<AdmitRequest> = {},
): Promise<number> {
  let admitted = 0;
  for (let at = 0; at < times; at += 1) {
    if ((await gate.admit(ask(more))).admitted) admitted += 1;
  }
  return admitted;
}

/** Everything that a gate has stored. */
function stored(gate: Gate): Promise<unknown> {
  return runInDurableObject(gate, (_, state) =>
    ["admissions", "fingerprints", "key_ends"].map((table) =>
      state.storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
    ),
  );
}

/** How many rows of tables one request writes. */
function rowsWrittenBy(gate: Gate, request: AdmitRequest): Promise<number> {
  return runInDurableObject(gate, async (object, state) => {
    const changes = () => Number(state.storage.sql.exec("SELECT total_changes() AS n").one()["n"]);
    const before = changes();
    await object.admit(request);
    return changes() - before;
  });
}

describe("rate windows", () => {
  it("api.md 4: the quota of a key and class comes in, then 429 until the window has passed", async () => {
    const gate = gateOf();
    expect(await admittedOf(gate, 5)).toBe(3);
    world.offsetMs = 10_000;
    expect(await admittedOf(gate, 5)).toBe(3);
  });

  it("api.md 4: two keys of a merchant have windows of their own, so have two classes of a key", async () => {
    const gate = gateOf();
    await admittedOf(gate, 5);
    expect(await admittedOf(gate, 5, { keyId: "ak_2" })).toBe(3);
    expect(await admittedOf(gate, 5, { rate: rateOf(3, 10_000, "refund") })).toBe(3);
    expect(await admittedOf(gate, 1)).toBe(0);
  });

  it("api.md 4: of 50 at once with a quota of 20 exactly 20 come in", async () => {
    const gate = gateOf();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gate.admit(ask({ rate: rateOf(20) }))),
    );
    expect(answers.filter((answer) => answer.admitted)).toHaveLength(20);
  });

  it("api.md 4: an answer tells what is left, a refusal when there is more", async () => {
    const gate = gateOf();
    const limits = rateOf(2).limits;
    expect(await gate.admit(ask({ rate: rateOf(2) }))).toEqual({
      admitted: true,
      rates: [{ limit: limits[0], remaining: 1, moreInMs: 10_000 }],
    });
    await gate.admit(ask({ rate: rateOf(2) }));
    expect(await gate.admit(ask({ rate: rateOf(2) }))).toMatchObject({
      admitted: false,
      reason: "rate_limited",
      rates: [{ limit: limits[0], remaining: 0 }],
    });
  });

  it("api.md 4: exact across an eviction in the middle of a window", async () => {
    const gate = gateOf();
    expect(await admittedOf(gate, 2)).toBe(2);
    world.offsetMs = 6_000;
    await evictDurableObject(gate);
    expect(await admittedOf(gate, 5)).toBe(1);
    world.offsetMs = 10_100;
    await evictDurableObject(gate);
    expect(await admittedOf(gate, 5)).toBe(2);
  });

  it("api.md 4: an old signature's admission counts for the whole window, across alarm and eviction", async () => {
    const gate = gateOf();
    const longest = { rate: rateOf(1, 300_000) };
    expect(await admittedOf(gate, 1, { ...longest, createdSec: nowSec() - 300 })).toBe(1);
    world.offsetMs = 299_000;
    await runDurableObjectAlarm(gate);
    await evictDurableObject(gate);
    expect(await admittedOf(gate, 1, longest)).toBe(0);
    world.offsetMs = 300_500;
    expect(await admittedOf(gate, 1, longest)).toBe(1);
  });

  it("api.md 4: an admission that another gate counts takes no room here", async () => {
    const gate = gateOf();
    expect(await admittedOf(gate, 5, { rate: null })).toBe(5);
    await evictDurableObject(gate);
    expect(await admittedOf(gate, 5)).toBe(3);
  });
});

describe("what a request costs", () => {
  it("api.md 4: one over the limit writes nothing, takes no key, and its nonce may come again", async () => {
    const gate = gateOf();
    await admittedOf(gate, 3);
    const before = await stored(gate);
    const refused = ask({ idempotency: { keyHash: "k", fingerprint: "one" } });
    expect(await reasonOf(gate, refused)).toBe("rate_limited");
    expect(await stored(gate)).toEqual(before);
    world.offsetMs = 10_000;
    expect(await reasonOf(gate, { ...refused, idempotency: null })).toBe("admitted");
    const other = { keyHash: "k", fingerprint: "two" };
    expect(await reasonOf(gate, ask({ idempotency: other }))).toBe("admitted");
  });

  it("perf.md: an admission writes one row, with an idempotency key two, and a replay of it one", async () => {
    const gate = gateOf();
    const rate = rateOf(100);
    const idempotency = { keyHash: "k", fingerprint: "one" };
    await gate.admit(ask({ rate }));
    expect(await rowsWrittenBy(gate, ask({ rate }))).toBe(1);
    expect(await rowsWrittenBy(gate, ask({ rate, idempotency }))).toBe(2);
    expect(await rowsWrittenBy(gate, ask({ rate, idempotency }))).toBe(1);
  });

  it("perf.md: a refusal writes no row", async () => {
    const gate = gateOf();
    const known = ask({ rate: rateOf(1) });
    await gate.admit(known);
    await gate.endKey("ak_ended", 0);
    expect(await rowsWrittenBy(gate, known)).toBe(0);
    expect(await rowsWrittenBy(gate, ask({ rate: rateOf(1) }))).toBe(0);
    expect(await rowsWrittenBy(gate, ask({ keyId: "ak_ended" }))).toBe(0);
  });
});

describe("order of refusals", () => {
  it("api.md 1: revoked, then replayed, then over the limit, then the idempotency key", async () => {
    const gate = gateOf();
    const idempotency = { keyHash: "k", fingerprint: "one" };
    const first = ask({ rate: rateOf(1), idempotency });
    await gate.admit(first);
    const reused = { keyHash: "k", fingerprint: "two" };
    expect(await reasonOf(gate, ask({ idempotency: reused }))).toBe("idempotency_key_reused");
    expect(await reasonOf(gate, ask({ rate: rateOf(1), idempotency: reused }))).toBe(
      "rate_limited",
    );
    const again = { ...first, rate: rateOf(1), idempotency: reused };
    expect(await reasonOf(gate, again)).toBe("nonce_replayed");
    await gate.endKey("ak_1", world.nowMs());
    expect(await reasonOf(gate, again)).toBe("key_revoked");
  });
});

describe("the end of a key", () => {
  it("I11: is felt by the very next call, by no other key, and survives an eviction", async () => {
    const gate = gateOf();
    expect(await reasonOf(gate, ask())).toBe("admitted");
    await gate.endKey("ak_1", world.nowMs());
    expect(await reasonOf(gate, ask())).toBe("key_revoked");
    expect(await reasonOf(gate, ask({ keyId: "ak_2" }))).toBe("admitted");
    await evictDurableObject(gate);
    expect(await reasonOf(gate, ask())).toBe("key_revoked");
    world.offsetMs = 24 * 60 * MINUTE_MS;
    await runDurableObjectAlarm(gate);
    expect(await reasonOf(gate, ask())).toBe("key_revoked");
  });

  it("I11: an end that is yet to come counts from its moment", async () => {
    const gate = gateOf();
    await gate.endKey("ak_1", world.nowMs() + MINUTE_MS);
    expect(await reasonOf(gate, ask())).toBe("admitted");
    world.offsetMs = MINUTE_MS;
    expect(await reasonOf(gate, ask())).toBe("key_revoked");
  });

  it("I11: comes earlier when told so, never later", async () => {
    const gate = gateOf();
    await gate.endKey("ak_1", world.nowMs() + 2 * MINUTE_MS);
    await gate.endKey("ak_1", world.nowMs() + MINUTE_MS);
    await gate.endKey("ak_1", world.nowMs() + 3 * MINUTE_MS);
    await evictDurableObject(gate);
    world.offsetMs = MINUTE_MS;
    expect(await reasonOf(gate, ask())).toBe("key_revoked");
  });
});

describe("claims that are taken back", () => {
  const claim = { keyHash: "k", fingerprint: "one" };
  const other = { keyHash: "k", fingerprint: "two" };

  it("IDM-3: the claim of a request that was refused elsewhere leaves no trace", async () => {
    const gate = gateOf();
    expect(await gate.claim(claim)).toBe("first");
    await gate.release(claim);
    expect(await gate.claim(other)).toBe("first");
  });

  it("IDM-3: a claim by which an earlier request came in stays", async () => {
    const gate = gateOf();
    await gate.admit(ask({ idempotency: claim }));
    expect(await gate.claim(claim)).toBe("same");
    await gate.release(claim);
    expect(await gate.claim(other)).toBe("other");
  });

  it("IDM-2: of two at once the refused one does not take the claim from the other", async () => {
    const gate = gateOf();
    expect(await gate.claim(claim)).toBe("first");
    expect(await gate.claim(claim)).toBe("same");
    await gate.release(claim);
    expect(await gate.claim(other)).toBe("other");
    await gate.release(claim);
    expect(await gate.claim(other)).toBe("first");
  });

  it("IDM-2: what was claimed before an eviction or a clean-up stays", async () => {
    const [evicted, cleaned] = [gateOf(), gateOf()];
    for (const gate of [evicted, cleaned]) await gate.admit(ask({ idempotency: claim }));
    await evictDurableObject(evicted);
    await runDurableObjectAlarm(cleaned);
    for (const gate of [evicted, cleaned]) {
      expect(await gate.claim(claim)).toBe("same");
      await gate.release(claim);
      expect(await gate.claim(other)).toBe("other");
    }
  });
});
