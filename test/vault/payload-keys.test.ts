import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import {
  findKey,
  isRotationDue,
  nextTurnAtMs,
  nextVersion,
  type PayloadGeneration,
  publicKeys,
  usableGenerations,
} from "../../src/vault/payload-keys.ts";

const ALGS = ["ECDH-ES+A256KW", "RSA-OAEP-256"] as const;

const generation = (version: number, madeAtMs: number): PayloadGeneration => ({
  version,
  madeAtMs,
  keys: ALGS.map((alg) => ({
    kid: `${alg}/${version}`,
    alg,
    publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y", kid: `${alg}/${version}`, use: "enc" },
    sealed: "sealed",
  })),
});
const versionsOf = (generations: readonly PayloadGeneration[]) =>
  generations.map(({ version }) => version);

describe("generations of payload keys", () => {
  it("JOS-8: the newest comes first, in whatever order they are kept", () => {
    const kept = [generation(2, 20), generation(3, 30), generation(1, 10)];
    expect(versionsOf(usableGenerations(kept, 40))).toEqual([3, 2, 1]);
  });

  it.each([
    [29 * DAY_MS, [2, 1]],
    [30 * DAY_MS - 1, [2, 1]],
    [30 * DAY_MS, [2]],
    [10_000 * DAY_MS, [2]],
  ])(
    "GCM-8: %i ms after its successor was made an old generation counts or not",
    (ms, versions) => {
      const madeAtMs = 90 * DAY_MS;
      const kept = [generation(2, madeAtMs), generation(1, 0)];
      expect(versionsOf(usableGenerations(kept, madeAtMs + ms))).toEqual(versions);
    },
  );

  it("GCM-8: the overlap counts from the direct successor", () => {
    const kept = [generation(3, 60 * DAY_MS), generation(2, 20 * DAY_MS), generation(1, 0)];
    expect(versionsOf(usableGenerations(kept, 61 * DAY_MS))).toEqual([3, 2]);
  });

  it.each([
    { name: "none at all", kept: [], nowMs: 0, isDue: true },
    {
      name: "one on its last day",
      kept: [generation(1, 0)],
      nowMs: 90 * DAY_MS - 1,
      isDue: false,
    },
    { name: "one after 90 days", kept: [generation(1, 0)], nowMs: 90 * DAY_MS, isDue: true },
    {
      name: "an old one beside a new one",
      kept: [generation(1, 0), generation(2, 89 * DAY_MS)],
      nowMs: 95 * DAY_MS,
      isDue: false,
    },
  ])("GCM-9: whether a rotation is due: $name", ({ kept, nowMs, isDue }) => {
    expect(isRotationDue(kept, nowMs)).toBe(isDue);
  });

  it("GCM-9: the next turn is the end of an old generation or the rotation, what comes first", () => {
    expect(nextTurnAtMs([generation(1, 5)])).toBe(5 + 90 * DAY_MS);
    expect(nextTurnAtMs([generation(2, 7), generation(1, 5)])).toBe(7 + 30 * DAY_MS);
  });

  it("GCM-8: versions grow by one", () => {
    expect(nextVersion([])).toBe(1);
    expect(nextVersion([generation(7, 0), generation(6, 0)])).toBe(8);
  });

  it("JOS-4: a key is found by name and algorithm together; without a name it is the newest", () => {
    const kept = [generation(2, 20), generation(1, 10)];
    expect(findKey(kept, "RSA-OAEP-256/1", "RSA-OAEP-256")?.kid).toBe("RSA-OAEP-256/1");
    expect(findKey(kept, "RSA-OAEP-256/1", "ECDH-ES+A256KW")).toBeUndefined();
    expect(findKey(kept, "RSA-OAEP-256/9", "RSA-OAEP-256")).toBeUndefined();
    expect(findKey(kept, undefined, "RSA-OAEP-256")?.kid).toBe("RSA-OAEP-256/2");
    expect(findKey([], undefined, "RSA-OAEP-256")).toBeUndefined();
  });

  it("JOS-8: the set begins with the newest generation and shows nothing sealed", () => {
    const set = publicKeys([generation(2, 20), generation(1, 10)]);
    expect(set.map(({ kid }) => kid)).toEqual([
      "ECDH-ES+A256KW/2",
      "RSA-OAEP-256/2",
      "ECDH-ES+A256KW/1",
      "RSA-OAEP-256/1",
    ]);
    expect(JSON.stringify(set)).not.toContain("sealed");
  });

  it("GCM-8: through any life the newest decrypts, at most eight are kept, and each has its overlap", () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(40 * DAY_MS), byHand: fc.boolean() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (life) => {
        let nowMs = 0;
        let kept: PayloadGeneration[] = [];
        for (const { afterMs, byHand } of life) {
          nowMs += afterMs;
          if (byHand || isRotationDue(kept, nowMs)) {
            kept = [generation(nextVersion(kept), nowMs), ...kept];
          }
          kept = usableGenerations(kept, nowMs);
          expect(kept.length).toBeGreaterThan(0);
          expect(kept.length).toBeLessThanOrEqual(8);
          expect(isRotationDue(kept, nowMs)).toBe(false);
          expect(nextTurnAtMs(kept)).toBeGreaterThan(nowMs);
          const [newest, ...older] = kept;
          expect(newest?.version).toBe(nextVersion(kept) - 1);
          const successors = older.map((_, index) => kept[index]?.madeAtMs ?? 0);
          expect(successors.every((madeAtMs) => nowMs < madeAtMs + 30 * DAY_MS)).toBe(true);
        }
      }),
    );
  });
});
