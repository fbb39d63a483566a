import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "#base";
import { KEY_PURPOSES } from "../../src/vault/generations.ts";
import {
  beginTurn,
  dueAtMs,
  dueNames,
  endTurn,
  generationsOf,
  isSettled,
  isTurnDue,
  KEY_NAMES,
  type KeyName,
  type KeyRegistry,
  keyRegistrySchema,
  kekDueAtMs,
  newRegistry,
  nextDueAtMs,
  rotateKeys,
  versionsOf,
  withRoots,
} from "../../src/vault/key-registry.ts";

const ROOTS = { currentId: "k2", rootIds: ["k1", "k2"] };
const NEW = newRegistry(ROOTS, 1_000);
const ALL_AT_1 = { tokens: 1, vault: 1, "payload-keys": 1, audit: 1, backup: 1 };

describe("versions", () => {
  it("GCM-8: all count from 1", () => {
    expect(versionsOf(NEW, KEY_NAMES)).toEqual({
      master: 1,
      vault: 1,
      tokens: 1,
      api: 1,
      webhook: 1,
      jwe: 1,
    });
    expect(generationsOf(NEW)).toEqual(ALL_AT_1);
  });

  it.each([
    ["master", { tokens: 2, vault: 2, "payload-keys": 2, audit: 2, backup: 2 }],
    ["vault", { ...ALL_AT_1, vault: 2 }],
    ["api", { ...ALL_AT_1, vault: 2 }],
    ["webhook", { ...ALL_AT_1, vault: 2 }],
    ["tokens", { ...ALL_AT_1, tokens: 2 }],
    ["jwe", { ...ALL_AT_1, "payload-keys": 2 }],
  ] as const)("GCM-8: %s raises its own version and what it wraps with", (name, generations) => {
    const rotated = rotateKeys(NEW, [name], { nowMs: 2_000 });
    expect(generationsOf(rotated)).toEqual(generations);
    expect(versionsOf(rotated, KEY_NAMES)).toEqual({
      ...versionsOf(NEW, KEY_NAMES),
      [name]: 2,
    });
    expect(rotated.keys[name].rotatedAtMs).toBe(2_000);
  });

  it("GCM-8: several names that wrap with one key raise it once", () => {
    const rotated = rotateKeys(NEW, KEY_NAMES, { nowMs: 2_000, payloadVersion: 5 });
    expect(generationsOf(rotated)).toEqual({
      tokens: 2,
      vault: 2,
      "payload-keys": 2,
      audit: 2,
      backup: 2,
    });
    expect(versionsOf(rotated, ["master", "jwe"])).toEqual({ master: 2, jwe: 5 });
  });

  it("GCM-8: a name that stands twice is rotated once", () => {
    expect(versionsOf(rotateKeys(NEW, ["api", "api"], { nowMs: 2_000 }), ["api"])).toEqual({
      api: 2,
    });
  });
});

describe("periods", () => {
  it.each([
    ["master", 365],
    ["vault", 365],
    ["tokens", 365],
    ["api", 90],
    ["webhook", 90],
    ["jwe", 90],
  ] as const)("GCM-9: %s is due after %i days", (name, days) => {
    expect(dueAtMs(NEW, name)).toBe(1_000 + days * DAY_MS);
  });

  it("GCM-9: what is due is rotated by the registry, but for what its own object rotates", () => {
    expect(dueNames(NEW, 90 * DAY_MS)).toEqual([]);
    expect(dueNames(NEW, 1_000 + 90 * DAY_MS)).toEqual(["api", "webhook"]);
    expect(dueNames(NEW, 1_000 + 365 * DAY_MS)).toEqual([
      "master",
      "vault",
      "tokens",
      "api",
      "webhook",
    ]);
  });

  it("GCM-9: no key-encryption key is older than a year", () => {
    for (const purpose of KEY_PURPOSES) {
      expect(kekDueAtMs(NEW, purpose)).toBeLessThanOrEqual(1_000 + 365 * DAY_MS);
    }
    expect(kekDueAtMs(NEW, "vault")).toBe(1_000 + 90 * DAY_MS);
  });
});

describe("roots", () => {
  it("GCM-8: another current root wraps everything anew, generations and versions stay", () => {
    const moved = withRoots(NEW, { currentId: "k3", rootIds: ["k1", "k2", "k3"] }, 5_000);
    expect(moved).toMatchObject({ currentRoot: "k3", changedAtMs: 5_000 });
    expect(moved.turn).toEqual({ number: 1, startedAtMs: 5_000, endedAtMs: null });
    expect(moved.roots["k3"]).toEqual({ seenAtMs: 5_000 });
    expect(moved.keks.vault).toEqual([
      { rootId: "k3", generation: 1, madeAtMs: 5_000 },
      { rootId: "k2", generation: 1, madeAtMs: 1_000 },
    ]);
    expect(generationsOf(moved)).toEqual(ALL_AT_1);
    expect(versionsOf(moved, KEY_NAMES)).toEqual(versionsOf(NEW, KEY_NAMES));
  });

  it("GCM-11: a root that is only added is noted", () => {
    const added = withRoots(NEW, { currentId: "k2", rootIds: ["k1", "k2", "k3"] }, 5_000);
    expect(added).toEqual({ ...NEW, roots: { ...NEW.roots, k3: { seenAtMs: 5_000 } } });
  });

  it("GCM-11: a root that has gone is remembered", () => {
    expect(withRoots(NEW, { currentId: "k2", rootIds: ["k2"] }, 5_000)).toBe(NEW);
  });

  it("GCM-11: a root named like a property of objects is a root like others", () => {
    const set = { currentId: "k2", rootIds: ["k1", "k2", "constructor"] };
    expect(Object.keys(withRoots(NEW, set, 5_000).roots)).toEqual(["k1", "k2", "constructor"]);
  });
});

describe("turns", () => {
  const rotated = rotateKeys(NEW, ["master"], { nowMs: 10_000 });
  const settledAtMs = 10_000 + 5 * MINUTE_MS;

  it("GCM-8: a rotation begins a turn at once, and once more when isolates know of it", () => {
    expect(rotated.turn).toEqual({ number: 1, startedAtMs: 10_000, endedAtMs: null });
    const first = endTurn(rotated, 1, 11_000);
    expect(isSettled(first)).toBe(false);
    expect(isTurnDue(first, settledAtMs - 1)).toBe(false);
    expect(nextDueAtMs(first)).toBe(settledAtMs);
    expect(isTurnDue(first, settledAtMs)).toBe(true);
    const second = endTurn(beginTurn(first, settledAtMs), 2, settledAtMs + 1);
    expect(isSettled(second)).toBe(true);
    expect(isTurnDue(second, settledAtMs + DAY_MS)).toBe(false);
    expect(nextDueAtMs(second)).toBe(1_000 + 90 * DAY_MS);
  });

  it("GCM-8: a new registry looks through the stores once", () => {
    expect(isSettled(NEW)).toBe(false);
    expect(nextDueAtMs(NEW)).toBe(1_000 + 5 * MINUTE_MS);
  });

  it("GCM-8: a turn that a rotation has overtaken ends nothing", () => {
    const again = rotateKeys(rotated, ["master"], { nowMs: 12_000 });
    expect(endTurn(again, 1, 13_000)).toBe(again);
  });
});

describe("any history", () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant("rotate" as const),
      names: fc.subarray<KeyName>([...KEY_NAMES], { minLength: 1 }),
    }),
    fc.record({ type: fc.constant("root" as const), id: fc.constantFrom("k1", "k2", "k3") }),
    fc.record({ type: fc.constant("end" as const), number: fc.nat(5) }),
    fc.record({ type: fc.constant("begin" as const) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;
  const take = (registry: KeyRegistry, each: Step, nowMs: number) => {
    switch (each.type) {
      case "rotate":
        return rotateKeys(registry, each.names, { nowMs });
      case "root":
        return withRoots(registry, { currentId: each.id, rootIds: ["k1", "k2", "k3"] }, nowMs);
      case "end":
        return endTurn(registry, each.number, nowMs);
      case "begin":
        return isTurnDue(registry, nowMs) ? beginTurn(registry, nowMs) : registry;
      default:
        return registry;
    }
  };

  it("GCM-8: versions, generations and turns only grow, and storage holds it", () => {
    const steps = fc.array(fc.tuple(step, fc.nat(10 * MINUTE_MS)), { maxLength: 60 });
    const property = fc.property(steps, (all) => {
      let [registry, nowMs] = [NEW, 1_000];
      for (const [each, passedMs] of all) {
        nowMs += passedMs;
        const next = take(registry, each, nowMs);
        for (const name of KEY_NAMES) {
          expect(next.keys[name].version).toBeGreaterThanOrEqual(registry.keys[name].version);
        }
        const [before, after] = [generationsOf(registry), generationsOf(next)];
        for (const purpose of KEY_PURPOSES) {
          expect(after[purpose] ?? 0).toBeGreaterThanOrEqual(before[purpose] ?? 0);
          expect(next.keks[purpose]?.[0]?.rootId).toBe(next.currentRoot);
          expect(next.keks[purpose]?.length).toBeLessThanOrEqual(32);
        }
        expect(next.turn.number).toBeGreaterThanOrEqual(registry.turn.number);
        // Only a whole turn that began late enough settles.
        expect(!isSettled(next) || next.turn.startedAtMs > next.changedAtMs).toBe(true);
        expect(keyRegistrySchema().parse(structuredClone(next))).toEqual(next);
        registry = next;
      }
    });
    fc.assert(property, { numRuns: 50 });
  });
});
