import fc from "fast-check";
import { type BareItem, isInnerList, parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import { rateFields, retryAfterSec, TIERS } from "#door";
import { RATE_CLASSES } from "#vault";
import { limitsOf } from "../../src/door/rate-classes.ts";
import { admitAt } from "../../src/door/rate-window.ts";
import { parseDirectory } from "#vault";
import vectors from "../vectors/ratelimit-fields.json" with { type: "json" };

type Check = (value: BareItem | undefined) => boolean;
const integer =
  (min: number): Check =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= min;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const bytes: Check = (value) => value instanceof ArrayBuffer;

/** RAT-1, RAT-2: what each parameter must be. */
const CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  "RateLimit-Policy": {
    q: integer(0),
    w: optional(integer(1)),
    qu: optional((value) => typeof value === "string"),
    pk: optional(bytes),
  },
  RateLimit: { r: integer(0), t: optional(integer(0)), pk: optional(bytes) },
};

interface Member {
  readonly name: string;
  readonly params: ReadonlyMap<string, BareItem>;
}

/** The members of a field that keeps to the draft; `undefined` for any other. */
function readField(field: string, value: string): Member[] | undefined {
  const members = listOf(value)?.map((item) => {
    if (isInnerList(item) || typeof item[0] !== "string") return undefined;
    const checks = Object.entries(CHECKS[field] ?? {});
    const good = checks.every(([name, check]) => check(item[1].get(name)));
    return good ? { name: item[0], params: item[1] } : undefined;
  });
  const whole = members?.filter((member) => member !== undefined);
  return whole?.length && whole.length === members?.length ? whole : undefined;
}

function listOf(value: string) {
  try {
    return parseList(value);
  } catch {
    return undefined;
  }
}

describe("vectors", () => {
  it("the vectors are all there", () => {
    expect(vectors.vectors).toHaveLength(vectors.count);
  });

  it.each(vectors.vectors)("RAT-1, RAT-2: $id: $field: $value is valid: $valid", (row) => {
    expect(readField(row.field, row.value) !== undefined).toBe(row.valid);
  });
});

const statusesArbitrary = fc.uniqueArray(
  fc.record({
    limit: fc.record({
      name: fc.constantFrom("initiate", "initiate-burst", "refund", "read", "security", "address"),
      quota: fc.integer({ min: 1, max: 10_000 }),
      windowMs: fc.integer({ min: 1, max: 300_000 }),
    }),
    remaining: fc.oneof(fc.constant(0), fc.nat(10_000)),
    moreInMs: fc.nat(300_000),
  }),
  { minLength: 1, maxLength: 4, selector: ({ limit }) => limit.name },
);

describe("our own fields", () => {
  it("RAT-1, RAT-2, RAT-3: keep to the draft, and name the same policies", () => {
    fc.assert(
      fc.property(statusesArbitrary, (statuses) => {
        const fields = rateFields(statuses);
        expect(Object.keys(fields).toSorted()).toEqual(["ratelimit", "ratelimit-policy"]);
        const policies = readField("RateLimit-Policy", fields["ratelimit-policy"] ?? "");
        const left = readField("RateLimit", fields["ratelimit"] ?? "");
        const names = statuses.map(({ limit }) => limit.name);
        expect(policies?.map(({ name }) => name)).toEqual(names);
        expect(left?.map(({ name }) => name)).toEqual(names);
        expect(policies?.map(({ params }) => params.get("q"))).toEqual(
          statuses.map(({ limit }) => limit.quota),
        );
        expect(left?.map(({ params }) => params.get("r"))).toEqual(
          statuses.map(({ remaining }) => remaining),
        );
      }),
    );
  });

  it("RAT-2: t is a time to wait, never too short and never a second too long", () => {
    fc.assert(
      fc.property(statusesArbitrary, (statuses) => {
        const left = readField("RateLimit", rateFields(statuses)["ratelimit"] ?? "") ?? [];
        const overMs = left.map(
          ({ params }, at) => Number(params.get("t")) * 1_000 - (statuses[at]?.moreInMs ?? 0),
        );
        expect(overMs.every((ms) => ms >= 0 && ms <= 1_000)).toBe(true);
      }),
    );
  });

  it("RAT-4: Retry-After is never earlier than t of a limit that is used up, and at least a second", () => {
    fc.assert(
      fc.property(statusesArbitrary, (statuses) => {
        const left = readField("RateLimit", rateFields(statuses)["ratelimit"] ?? "") ?? [];
        const times = left
          .filter(({ params }) => params.get("r") === 0)
          .map(({ params }) => Number(params.get("t")));
        expect(retryAfterSec(statuses)).toBe(Math.max(1, ...times));
      }),
    );
  });

  it("RAT-5: no partition key is told", () => {
    fc.assert(
      fc.property(statusesArbitrary, (statuses) => {
        const text = Object.values(rateFields(statuses)).join();
        expect(text).toMatch(/^[a-z0-9"=;, -]+$/);
        expect(text).not.toContain("pk=");
      }),
    );
  });

  it.each(TIERS.flatMap((tier) => RATE_CLASSES.map((rateClass) => [tier, rateClass] as const)))(
    "RAT-1: %s %s: windows of whole seconds",
    (tier, rateClass) => {
      const { merchants } = parseDirectory('{"merchants":[{"id":"demo","apiKeys":[]}]}');
      const [merchant] = merchants.values();
      if (!merchant) throw new Error("no merchant");
      const limits = limitsOf({ tier, merchant }, rateClass);
      const { statuses } = admitAt({ timesMs: [] }, limits, 0);
      const policies = readField(
        "RateLimit-Policy",
        rateFields(statuses)["ratelimit-policy"] ?? "",
      );
      expect(policies?.map(({ params }) => Number(params.get("w")) * 1_000)).toEqual(
        limits.map(({ windowMs }) => windowMs),
      );
    },
  );
});
