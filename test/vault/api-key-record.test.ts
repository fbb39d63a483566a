import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, merchantIdSchema } from "#base";
import { endsAtMs, stateOf } from "#vault";
import {
  apiKeyId,
  type ApiKeyOrder,
  type ApiKeyRecord,
  type ApiKeyState,
  merchantOfKeyId,
  newRecord,
  nextNotice,
  refusedFromMs,
  revoke,
  rotate,
  withConfigured,
} from "../../src/vault/api-key-record.ts";

const NOW_MS = 1_795_000_000_000;
const ORDER: ApiKeyOrder = {
  name: "shop",
  scopes: ["payments:read"],
  tier: "plus",
  allowIps: ["192.0.2.0/24"],
  expiresAtMs: null,
  rotateEveryDays: 90,
};
const made = (more: Partial<ApiKeyOrder> = {}) => newRecord("ak_1", { ...ORDER, ...more }, NOW_MS);
const ROTATION = { successorId: "ak_2", overlapMs: DAY_MS, nowMs: NOW_MS };

function rotated(record: ApiKeyRecord, more: Partial<typeof ROTATION> = {}) {
  const result = rotate(record, { ...ROTATION, ...more });
  if (!result.ok) throw new Error(result.refusal);
  return result.value;
}

/** A key in each state at `NOW_MS`, and what may be done with it. */
const STATES: Record<ApiKeyState, { record: ApiKeyRecord; rotates: boolean; revokes: boolean }> = {
  active: { record: made(), rotates: true, revokes: true },
  ending: { record: rotated(made()).predecessor, rotates: false, revokes: true },
  ended: { record: made({ expiresAtMs: NOW_MS }), rotates: false, revokes: true },
  revoked: { record: revoke(made(), NOW_MS - 1), rotates: false, revokes: false },
};

describe("states of an API key", () => {
  it.each(Object.entries(STATES))("I11: %s", (state, { record, rotates, revokes }) => {
    expect(stateOf(record, NOW_MS)).toBe(state);
    expect(rotate(record, ROTATION).ok).toBe(rotates);
    const after = revoke(record, NOW_MS);
    expect(stateOf(after, NOW_MS)).toBe("revoked");
    expect(after.revokedAtMs).toBe(revokes ? NOW_MS : record.revokedAtMs);
  });

  it("I11: a key works until the last millisecond of its overlap", () => {
    const { predecessor } = rotated(made());
    expect(endsAtMs(predecessor)).toBe(NOW_MS + DAY_MS);
    expect(stateOf(predecessor, NOW_MS + DAY_MS - 1)).toBe("ending");
    expect(stateOf(predecessor, NOW_MS + DAY_MS)).toBe("ended");
  });

  it("I11: the earliest of all ends counts", () => {
    const { predecessor } = rotated(made({ expiresAtMs: NOW_MS + HOUR_MS }));
    expect(endsAtMs(predecessor)).toBe(NOW_MS + HOUR_MS);
    expect(endsAtMs(revoke(predecessor, NOW_MS + 1))).toBe(NOW_MS + 1);
    expect(endsAtMs(made())).toBeNull();
  });

  it("I11: a revoked key is refused whatever the clock of who judges says", () => {
    expect(refusedFromMs(made())).toBeNull();
    expect(refusedFromMs(made({ expiresAtMs: NOW_MS }))).toBe(NOW_MS);
    expect(refusedFromMs(revoke(made(), NOW_MS))).toBe(0);
  });
});

describe("rotation", () => {
  it("I12: the successor has the same rights and a life of its own", () => {
    const old = { ...made(), noticesSent: 2 };
    const { predecessor, successor } = rotated(old, { nowMs: NOW_MS + 80 * DAY_MS });
    expect(successor).toEqual({
      ...made(),
      id: "ak_2",
      createdAtMs: NOW_MS + 80 * DAY_MS,
      rotateAtMs: NOW_MS + 170 * DAY_MS,
      predecessor: "ak_1",
    });
    expect(predecessor).toEqual({
      ...old,
      successor: "ak_2",
      overlapEndsAtMs: NOW_MS + 81 * DAY_MS,
    });
  });

  it("I12: the successor of a key with an end lives as long as that was meant to", () => {
    const record = made({ expiresAtMs: NOW_MS + 30 * DAY_MS });
    const { successor } = rotated(record, { nowMs: NOW_MS + 10 * DAY_MS });
    expect(successor.expiresAtMs).toBe(NOW_MS + 40 * DAY_MS);
  });

  it("GCM-9: who takes over from the configuration is due after 90 days", () => {
    const record = { ...made({ rotateEveryDays: null }), source: "configuration" as const };
    const { successor } = rotated({ ...record, createdAtMs: null });
    expect(successor).toMatchObject({
      source: "api",
      rotateEveryDays: 90,
      rotateAtMs: NOW_MS + 90 * DAY_MS,
    });
  });

  it("PCI-8.6.3: of a key of the configuration only its end is the vault's", () => {
    const stands = { ...made(), source: "configuration" as const };
    const kept = rotated(stands).predecessor;
    const now = { ...stands, tier: "standard" as const, revokedAtMs: 0 };
    expect(withConfigured(kept, now)).toEqual({ ...kept, tier: "standard", revokedAtMs: 0 });
    expect(withConfigured(revoke(kept, NOW_MS), stands).revokedAtMs).toBe(NOW_MS);
  });
});

describe("notices", () => {
  /** When a merchant hears, in days after the making, if every notice arrives. */
  function heard(record: ApiKeyRecord): [number, string][] {
    const days: [number, string][] = [];
    for (let sent = 0; ; sent += 1) {
      const notice = nextNotice({ ...record, noticesSent: sent }, NOW_MS);
      if (!notice) return days;
      days.push([(notice.atMs - NOW_MS) / DAY_MS, notice.reason]);
    }
  }

  it("GCM-9: 14 days before a rotation is due, 3 days before, at the moment", () => {
    expect(heard(made())).toEqual([
      [76, "rotation"],
      [87, "rotation"],
      [90, "rotation"],
    ]);
  });

  it("api.md 1: 14 and 3 days before an end", () => {
    expect(heard(made({ expiresAtMs: NOW_MS + 30 * DAY_MS }))).toEqual([
      [16, "expiry"],
      [27, "expiry"],
    ]);
  });

  it("api.md 1: a key with an end after its rotation tells of both", () => {
    expect(heard(made({ expiresAtMs: NOW_MS + 95 * DAY_MS }))).toEqual([
      [76, "rotation"],
      [81, "expiry"],
      [87, "rotation"],
      [90, "rotation"],
      [92, "expiry"],
    ]);
  });

  it.each([
    ["a rotation tomorrow", { rotateEveryDays: 1 }, [[1, "rotation"]]],
    [
      "an end in 10 days",
      { rotateEveryDays: null, expiresAtMs: NOW_MS + 10 * DAY_MS },
      [[7, "expiry"]],
    ],
    ["an end tomorrow", { rotateEveryDays: null, expiresAtMs: NOW_MS + DAY_MS }, []],
  ])("api.md 1: %s is not told of at the making", (_, more, days) => {
    expect(heard(made(more))).toEqual(days);
  });

  it.each(["ending", "ended", "revoked"] as const)(
    "api.md 1: none for a key that is %s",
    (state) => {
      expect(nextNotice(STATES[state].record, NOW_MS)).toBeUndefined();
    },
  );

  it("api.md 1: none for a key of the configuration, which has no schedule", () => {
    const stands = { ...made({ rotateEveryDays: null }), createdAtMs: null };
    expect(nextNotice(stands, NOW_MS)).toBeUndefined();
  });
});

const merchantId = fc
  .stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
  .map((id) => merchantIdSchema.parse(id));
const random = fc.stringMatching(/^[A-Za-z0-9_-]{12}$/);

describe("ids of API keys", () => {
  it("api.md 1: an id names its merchant, whatever letters both have", () => {
    fc.assert(
      fc.property(random, merchantId, (letters, merchant) => {
        expect(merchantOfKeyId(apiKeyId(letters, merchant))).toBe(merchant);
      }),
    );
  });

  it.each(["_", "-", "_".repeat(64), "-_-", "ak_AAAAAAAAAAAA_beta", "__proto__"])(
    "api.md 1: merchant %s",
    (id) => {
      expect(merchantOfKeyId(apiKeyId("AAAAAAAAAAAA", merchantIdSchema.parse(id)))).toBe(id);
    },
  );

  it.each([
    "",
    "ak_alpha",
    "ak_AAAAAAAAAAAA",
    "ak_AAAAAAAAAAAA_",
    "ak_AAAAAAAAAAA_alpha",
    "ak_AAAAAAAAAAAA-alpha",
    "AK_AAAAAAAAAAAA_alpha",
    " ak_AAAAAAAAAAAA_alpha",
    "ak_AAAAAAAAAAAA_alpha\n",
    "ak_AAAAAAAAAAAA_al pha",
    "ak_AAAAAAAAAAA+_alpha",
    "ak_AAAAAAAAAAAA_\u0430lpha",
    `ak_AAAAAAAAAAAA_${"a".repeat(65)}`,
  ])("api.md 1: %j names nobody", (id) => {
    expect(merchantOfKeyId(id)).toBeUndefined();
  });

  it("api.md 1: any text is answered, and only one of our form names somebody", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect([undefined, text.slice(16)]).toContain(merchantOfKeyId(text));
      }),
    );
  });
});

/** What may happen to a key; `days` pass first. */
const happening = fc.record({
  what: fc.constantFrom("rotate", "revoke", "wait", "notice"),
  days: fc.integer({ min: 0, max: 40 }),
  overlapDays: fc.integer({ min: 1, max: 30 }),
});
type Happening = { what: string; days: number; overlapDays: number };

/** A list of moments and two flags: all that a key's life is. */
interface Model {
  readonly ends: readonly number[];
  readonly hasSuccessor: boolean;
  readonly isRevoked: boolean;
}
const works = ({ ends, isRevoked }: Model, nowMs: number) =>
  !isRevoked && ends.every((end) => nowMs < end);

function modelAfter(model: Model, { what, overlapDays }: Happening, nowMs: number): Model {
  if (what === "revoke") return { ...model, isRevoked: true };
  if (what !== "rotate" || !works(model, nowMs) || model.hasSuccessor) return model;
  return { ...model, hasSuccessor: true, ends: [...model.ends, nowMs + overlapDays * DAY_MS] };
}

function recordAfter(record: ApiKeyRecord, { what, overlapDays }: Happening, nowMs: number) {
  if (what === "revoke") return revoke(record, nowMs);
  if (what === "notice") {
    const isOwed = (nextNotice(record, nowMs)?.atMs ?? Infinity) <= nowMs;
    return isOwed ? { ...record, noticesSent: record.noticesSent + 1 } : record;
  }
  if (what !== "rotate") return record;
  const overlapMs = overlapDays * DAY_MS;
  const result = rotate(record, { successorId: "ak_2", overlapMs, nowMs });
  return result.ok ? result.value.predecessor : record;
}

function modelState(model: Model, nowMs: number): ApiKeyState {
  if (model.isRevoked) return "revoked";
  if (!works(model, nowMs)) return "ended";
  return model.hasSuccessor ? "ending" : "active";
}

describe("the life of a key", () => {
  const days = fc.option(fc.integer({ min: 1, max: 200 }));

  it("I11, I12: it is as a naive model says, whatever happens to it", () => {
    fc.assert(
      fc.property(days, days, fc.array(happening, { maxLength: 20 }), (expiry, every, all) => {
        const expiresAtMs = expiry === null ? null : NOW_MS + expiry * DAY_MS;
        let record = made({ expiresAtMs, rotateEveryDays: every });
        let model: Model = {
          ends: expiresAtMs === null ? [] : [expiresAtMs],
          hasSuccessor: false,
          isRevoked: false,
        };
        let nowMs = NOW_MS;
        for (const happens of all) {
          nowMs += happens.days * DAY_MS;
          record = recordAfter(record, happens, nowMs);
          model = modelAfter(model, happens, nowMs);
          const state = modelState(model, nowMs);
          expect(stateOf(record, nowMs)).toBe(state);
          expect(nowMs < (refusedFromMs(record) ?? Infinity)).toBe(works(model, nowMs));
          expect(state !== "active" && nextNotice(record, nowMs) !== undefined).toBe(false);
          expect(record.noticesSent).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});
