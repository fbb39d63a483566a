import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type AdmissionPorts, admit, type Arrival, gateNames } from "#door";
import { freshId } from "../support/call.ts";
import { world } from "../support/world.ts";
import { arrivalOf, keyOf, makeFakeGates, noncesOf } from "./fake-gates.ts";

afterEach(() => {
  world.offsetMs = 0;
});

describe("gates of a key", () => {
  it.each([
    ["standard", 1],
    ["plus", 1],
    ["enterprise", 5],
  ])("ADR 2: tier %s has %i", (tier, count) => {
    expect(gateNames(keyOf(tier))).toEqual(["m", "m/1", "m/2", "m/3", "m/4"].slice(0, count));
  });

  it("ADR 2: a merchant's own limits decide, where they stand", () => {
    const read = { quota: 9_999, windowSec: 10 };
    expect(gateNames(keyOf("standard", { read }))).toHaveLength(3);
    const few = { quota: 10, windowSec: 10 };
    const quiet = { initiate: few, refund: few, read: few, security: few };
    expect(gateNames(keyOf("enterprise", quiet))).toHaveLength(1);
  });

  it("ADR 2: no merchant id can name another merchant's gate", () => {
    expect(() => keyOf("enterprise", {}, "m/1")).toThrow("not valid");
  });
});

/** When the requests of one client came in, sent one after the other with these pauses. */
async function admittedTimes(
  load: { readonly pausesMs: readonly number[]; readonly seed: number },
  apiKey: Arrival["apiKey"],
): Promise<number[]> {
  const gates = makeFakeGates();
  const nonce = noncesOf(load.seed);
  const times: number[] = [];
  for (const pauseMs of load.pausesMs) {
    gates.nowMs += pauseMs;
    const answer = await admit(gates.ports, arrivalOf(apiKey, "initiate", nonce()));
    if (answer.admitted) times.push(gates.nowMs);
  }
  return times;
}

describe("shares of a limit", () => {
  const LOW = { quota: 1, windowSec: 1 };
  /** Two to five gates that share 1,000 in 2 s, of these 600 in 1 s. */
  const shared = (read: number) =>
    keyOf("standard", {
      initiate: { quota: 1_000, windowSec: 2, burst: { quota: 600, windowSec: 1 } },
      refund: LOW,
      read: { quota: read, windowSec: 1 },
      security: LOW,
    });

  it("api.md 4: what all gates let in never exceeds the quota in any window", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 3_000, maxLength: 3_000, size: "max" }),
        fc.nat(),
        fc.constantFrom(100, 700, 1_900),
        async (pausesMs, seed, read) => {
          const times = await admittedTimes({ pausesMs, seed }, shared(read));
          const tooSoon = (quota: number, windowMs: number) =>
            times.filter((time, at) => (times[at + quota] ?? Infinity) < time + windowMs).length;
          expect([tooSoon(1_000, 2_000), tooSoon(600, 1_000)]).toEqual([0, 0]);
        },
      ),
      { numRuns: 12 },
    );
  });

  it.each([1, 2, 3, 4, 5])(
    "ADR 2: an enterprise key gets at least 90 %% of its burst before its first refusal (seed %i)",
    async (seed) => {
      const pausesMs = Array.from({ length: 2_000 }, () => 0);
      const gates = makeFakeGates();
      const nonce = noncesOf(seed);
      let until = 0;
      const enterprise = keyOf("enterprise");
      for (const _ of pausesMs) {
        const answer = await admit(gates.ports, arrivalOf(enterprise, "initiate", nonce()));
        if (!answer.admitted) break;
        until += 1;
      }
      expect(until).toBeGreaterThanOrEqual(1_800);
      const times = await admittedTimes({ pausesMs: [...pausesMs, ...pausesMs], seed }, enterprise);
      expect(times).toHaveLength(2_000);
    },
  );

  it("api.md 4: an answer names the whole limit, and of what is left a gate's own part", async () => {
    const gates = makeFakeGates();
    const answer = await admit(gates.ports, arrivalOf(keyOf("enterprise"), "read", "n"));
    expect(answer.rates).toEqual([
      {
        limit: { name: "read", quota: 10_000, windowMs: 10_000 },
        remaining: 1_999,
        moreInMs: 10_000,
      },
    ]);
  });

  it("api.md 4: a class with a low limit is counted whole", async () => {
    const gates = makeFakeGates();
    const nonce = noncesOf(7);
    const answers = [];
    for (let at = 0; at < 100; at += 1) {
      answers.push(await admit(gates.ports, arrivalOf(keyOf("enterprise"), "security", nonce())));
    }
    expect(answers.map(({ admitted }) => admitted).lastIndexOf(true)).toBe(59);
    expect(answers[59]?.rates).toMatchObject([{ limit: { quota: 60 }, remaining: 0 }]);
  });
});

/** Real gates of a fresh merchant, and the work that goes on after an answer. */
function realGates() {
  const apiKey = keyOf("enterprise", {}, freshId("m"));
  const later: Promise<void>[] = [];
  const ports: AdmissionPorts = {
    gateOf: (name) => env.GATES.getByName(name),
    afterAnswer: (work) => later.push(work),
  };
  const ask = async (more: Partial<Arrival> = {}) => {
    const arrival = { ...arrivalOf(apiKey, "initiate", crypto.randomUUID()), ...more };
    const answer = await admit(ports, arrival);
    await Promise.all(later.splice(0));
    return answer.admitted ? "admitted" : answer.reason;
  };
  return { apiKey, ask };
}

describe("nonces of a sharded key", () => {
  it("SIG-11: every nonce meets itself, in its own class", async () => {
    const { ask } = realGates();
    const nonces = Array.from({ length: 20 }, () => crypto.randomUUID());
    for (const rateClass of ["initiate", "security"] as const) {
      for (const nonce of nonces.map((nonce) => `${nonce}-${rateClass}`)) {
        expect(await ask({ nonce, rateClass })).toBe("admitted");
        expect(await ask({ nonce, rateClass })).toBe("nonce_replayed");
      }
    }
  });

  it("SIG-11: every nonce meets itself in every other class", async () => {
    const { ask } = realGates();
    const pairs = [
      ["initiate", "read"],
      ["read", "security"],
      ["security", "refund"],
    ] as const;
    for (const [first, second] of pairs) {
      for (let at = 0; at < 10; at += 1) {
        const nonce = crypto.randomUUID();
        expect(await ask({ nonce, rateClass: first })).toBe("admitted");
        expect(await ask({ nonce, rateClass: second })).toBe("nonce_replayed");
      }
    }
  });

  it("SIG-11: of 20 at once with one nonce one comes in, whatever their class", async () => {
    const { ask } = realGates();
    const nonce = crypto.randomUUID();
    const classes = ["initiate", "refund", "read", "security"] as const;
    const asked = classes.flatMap((rateClass) =>
      Array.from({ length: 5 }, () => ask({ nonce, rateClass })),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === "admitted")).toHaveLength(1);
  });

  it("api.md 4: over the limit of a class that is counted whole, a nonce is not used up", async () => {
    const { ask } = realGates();
    for (let at = 0; at < 60; at += 1) await ask({ rateClass: "security" });
    const nonces = Array.from({ length: 10 }, () => crypto.randomUUID());
    for (const nonce of nonces) {
      expect(await ask({ nonce, rateClass: "security" })).toBe("rate_limited");
    }
    world.offsetMs = 60_000;
    for (const nonce of nonces) {
      expect(await ask({ nonce, rateClass: "security" })).toBe("admitted");
    }
  });

  it("I11: an ended key is refused by all its gates", async () => {
    const { apiKey, ask } = realGates();
    for (const name of gateNames(apiKey)) await env.GATES.getByName(name).endKey(apiKey.id, 0);
    for (const rateClass of ["initiate", "refund", "read", "security"] as const) {
      for (let at = 0; at < 10; at += 1) expect(await ask({ rateClass })).toBe("key_revoked");
    }
  });
});

describe("idempotency keys of a sharded key", () => {
  const claim = (keyHash: string, fingerprint: string) => ({
    idempotency: { keyHash, fingerprint },
  });

  it("IDM-2: another request under the same key is refused, whichever gate its nonce leads to", async () => {
    const { ask } = realGates();
    for (const keyHash of ["a", "b", "c", "d"]) {
      expect(await ask(claim(keyHash, "one"))).toBe("admitted");
      for (let at = 0; at < 10; at += 1) {
        expect(await ask(claim(keyHash, "two"))).toBe("idempotency_key_reused");
        expect(await ask(claim(keyHash, "one"))).toBe("admitted");
      }
    }
  });

  it("IDM-3: a replayed request leaves no key behind", async () => {
    const { ask } = realGates();
    const nonce = crypto.randomUUID();
    await ask({ nonce });
    for (const keyHash of ["a", "b", "c", "d", "e", "f"]) {
      expect(await ask({ nonce, ...claim(keyHash, "forged") })).toBe("nonce_replayed");
      expect(await ask(claim(keyHash, "mine"))).toBe("admitted");
    }
  });

  it("IDM-3: a nonce that another class has used leaves no key behind", async () => {
    const { ask } = realGates();
    const nonce = crypto.randomUUID();
    await ask({ nonce, rateClass: "security" });
    for (const keyHash of ["a", "b", "c", "d", "e", "f"]) {
      expect(await ask({ nonce, ...claim(keyHash, "forged") })).toBe("nonce_replayed");
      expect(await ask(claim(keyHash, "mine"))).toBe("admitted");
    }
  });

  it("IDM-3: a request over its limit leaves no key behind, and takes none from an earlier one", async () => {
    const limits = { initiate: { quota: 20, windowSec: 10 } };
    const apiKey = keyOf("enterprise", limits, freshId("m"));
    const { ask } = realGates();
    const first = { apiKey, ...claim("earlier", "one") };
    expect(await ask(first)).toBe("admitted");
    for (let at = 1; at < 20; at += 1) expect(await ask({ apiKey })).toBe("admitted");
    const keys = ["a", "b", "c", "d", "e", "f"];
    for (const keyHash of keys) {
      expect(await ask({ apiKey, ...claim(keyHash, "refused") })).toBe("rate_limited");
      expect(await ask(first)).toBe("rate_limited");
    }
    world.offsetMs = 10_000;
    for (const keyHash of keys) {
      expect(await ask({ apiKey, ...claim(keyHash, "mine") })).toBe("admitted");
    }
    expect(await ask({ apiKey, ...claim("earlier", "two") })).toBe("idempotency_key_reused");
  });

  it("IDM-3: a gate that fails leaves no key behind, and the failure is told", async () => {
    const gates = makeFakeGates();
    const nonce = noncesOf(3);
    const ports: AdmissionPorts = {
      ...gates.ports,
      gateOf: (name) => ({
        ...gates.ports.gateOf(name),
        admit: () => Promise.reject(new Error("gone")),
      }),
    };
    for (const keyHash of ["a", "b", "c", "d", "e", "f"]) {
      const arrival = {
        ...arrivalOf(keyOf("enterprise"), "initiate", nonce()),
        ...claim(keyHash, "x"),
      };
      await expect(async () => admit(ports, arrival)).rejects.toThrow("gone");
    }
    expect(gates.claims.size).toBe(0);
  });

  it("perf.md: one hop, or two side by side with a key", async () => {
    const gates = makeFakeGates();
    const nonce = noncesOf(4);
    const key = keyOf("enterprise");
    await admit(gates.ports, arrivalOf(key, "initiate", nonce()));
    expect(gates.calls).toHaveLength(1);
    await admit(gates.ports, { ...arrivalOf(key, "initiate", nonce()), ...claim("a", "x") });
    expect(gates.calls.length).toBeLessThanOrEqual(3);
    gates.calls.length = 0;
    const standard = keyOf("standard");
    await admit(gates.ports, { ...arrivalOf(standard, "initiate", nonce()), ...claim("b", "x") });
    expect(gates.calls).toEqual([{ gate: "m", method: "admit" }]);
  });
});
