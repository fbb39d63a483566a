import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BUCKET_MS,
  type Circuit,
  CLOSED,
  endProbe,
  FAILURE_SHARE_MIN,
  FAILURES_MIN,
  leftMsOf,
  note,
  OPEN_MS,
  PROBE_LEASE_MS,
  takeProbe,
  WINDOW_MS,
} from "../../src/providers/breaker.ts";

const START_MS = 1_790_750_730_000;
const FAILED = { calls: 1, failures: 1 };
const FINE = { calls: 1, failures: 0 };

const after = (results: readonly (typeof FINE)[], everyMs = 100): Circuit =>
  results.reduce(
    (circuit, tally, index) => note(circuit, tally, START_MS + index * everyMs),
    CLOSED,
  );
const times = <Value>(count: number, value: Value): Value[] =>
  Array.from({ length: count }, () => value);
const opened = after(times(FAILURES_MIN, FAILED), 0);

describe("circuit", () => {
  it("design.md 5: five failures open it, four do not", () => {
    expect(after(times(4, FAILED)).state).toBe("closed");
    expect(after(times(5, FAILED)).state).toBe("open");
  });

  it("design.md 5: failures below half of the calls do not open it", () => {
    expect(after([...times(6, FINE), ...times(5, FAILED)]).state).toBe("closed");
    expect(after([...times(5, FINE), ...times(5, FAILED)]).state).toBe("open");
  });

  it("design.md 5: failures that lie further apart than the window do not add up", () => {
    expect(after(times(20, FAILED), WINDOW_MS / 4 + BUCKET_MS).state).toBe("closed");
  });

  it("design.md 5: what succeeds or is refused with 4xx never opens it", () => {
    expect(after(times(1_000, FINE), 1).state).toBe("closed");
  });

  it("api.md 8: it probes again after 15 s, and not before", () => {
    expect(OPEN_MS).toBe(15_000);
    expect(takeProbe(opened, "p", START_MS + 14_999)).toBeUndefined();
    expect(takeProbe(opened, "p", START_MS + 15_000)).toMatchObject({ state: "half_open" });
  });

  it("design.md 5: one probe at a time; one that died is replaced", () => {
    const probing = takeProbe(opened, "a", START_MS + OPEN_MS) ?? CLOSED;
    expect(takeProbe(probing, "b", START_MS + OPEN_MS + PROBE_LEASE_MS - 1)).toBeUndefined();
    const replaced = takeProbe(probing, "b", START_MS + OPEN_MS + PROBE_LEASE_MS) ?? CLOSED;
    expect(replaced).toMatchObject({ state: "half_open", probe: "b" });
    expect(endProbe(replaced, { probe: "a", failed: false }, START_MS)).toBe(replaced);
  });

  it("design.md 5: a probe that succeeds closes it, one that fails opens it for 15 s again", () => {
    const probing = takeProbe(opened, "a", START_MS + OPEN_MS) ?? CLOSED;
    const endMs = START_MS + OPEN_MS + 100;
    expect(endProbe(probing, { probe: "a", failed: false }, endMs)).toEqual(CLOSED);
    const again = endProbe(probing, { probe: "a", failed: true }, endMs);
    expect(again).toEqual({ state: "open", untilMs: endMs + OPEN_MS });
  });

  it("design.md 5: what left before it opened changes nothing", () => {
    expect(note(opened, { calls: 50, failures: 50 }, START_MS + 20_000)).toBe(opened);
    expect(note(opened, FINE, START_MS)).toBe(opened);
  });

  it("design.md 5: a clock that was set back keeps it open no longer than 15 s", () => {
    const earlierMs = START_MS - 3_600_000;
    expect(leftMsOf(opened, earlierMs)).toBe(0);
    expect(takeProbe(opened, "p", earlierMs)).toMatchObject({ state: "half_open" });
    expect(after([]).state).toBe("closed");
    // What a window holds of a time to come is forgotten.
    const four = after(times(4, FAILED));
    expect(note(four, FAILED, earlierMs)).toMatchObject({ window: [FAILED] });
  });
});

/** The same promises, said naively: every result with its time, every probe with its taker. */
interface Model {
  results: { atMs: number; failed: boolean }[];
  openUntilMs: number | null;
  probe: { id: string; endsAtMs: number } | null;
}

const step = fc.oneof(
  { weight: 7, arbitrary: fc.record({ do: fc.constant("note" as const), failed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ do: "ask" } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), failed: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(PROBE_LEASE_MS + 1_000) }),
  },
);

function modelOpens(model: Model, nowMs: number): boolean {
  const counted = model.results.filter(
    ({ atMs }) => nowMs - (atMs - (atMs % BUCKET_MS)) < WINDOW_MS,
  );
  const failures = counted.filter(({ failed }) => failed).length;
  return failures >= FAILURES_MIN && failures >= counted.length * FAILURE_SHARE_MIN;
}

function modelNotes(model: Model, failed: boolean, nowMs: number): void {
  if (model.openUntilMs !== null || model.probe !== null) return;
  model.results.push({ atMs: nowMs, failed });
  if (modelOpens(model, nowMs)) model.openUntilMs = nowMs + 15_000;
}

function modelGrants(model: Model, id: string, nowMs: number): boolean {
  const dueAtMs = model.probe?.endsAtMs ?? model.openUntilMs ?? Infinity;
  if (nowMs < dueAtMs) return false;
  model.probe = { id, endsAtMs: nowMs + PROBE_LEASE_MS };
  model.openUntilMs = null;
  return true;
}

function modelEnds(model: Model, failed: boolean, nowMs: number): void {
  if (!model.probe) return;
  model.probe = null;
  model.openUntilMs = failed ? nowMs + 15_000 : null;
  model.results = [];
}

const stateOf = ({ probe, openUntilMs }: Model): Circuit["state"] => {
  if (probe) return "half_open";
  return openUntilMs === null ? "closed" : "open";
};

describe("circuit, against a naive model", () => {
  it("design.md 5: opens and heals as promised, and never has two probes out", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const model: Model = { results: [], openUntilMs: null, probe: null };
        const [seen, expected]: [unknown[], unknown[]] = [[], []];
        let circuit = CLOSED;
        let nowMs = START_MS;
        for (const [index, action] of steps.entries()) {
          if (action.do === "wait") nowMs += action.ms;
          if (action.do === "note") {
            circuit = note(circuit, action.failed ? FAILED : FINE, nowMs);
            modelNotes(model, action.failed, nowMs);
          }
          if (action.do === "ask") {
            const granted = takeProbe(circuit, `p${index}`, nowMs);
            seen.push(granted !== undefined);
            expected.push(modelGrants(model, `p${index}`, nowMs));
            circuit = granted ?? circuit;
          }
          if (action.do === "end") {
            const probe = model.probe?.id ?? "nobody's";
            circuit = endProbe(circuit, { probe, failed: action.failed }, nowMs);
            modelEnds(model, action.failed, nowMs);
          }
          seen.push(circuit.state);
          expected.push(stateOf(model));
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("design.md 5: whatever the clock does, nobody waits longer than 15 s or a lease", () => {
    const step = fc.record({
      ms: fc.integer({ min: -100_000, max: 100_000 }),
      failed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let circuit = opened;
        let nowMs = START_MS;
        for (const { ms, failed } of steps) {
          nowMs += ms;
          const waitMs = leftMsOf(circuit, nowMs);
          expect(waitMs).toBeLessThanOrEqual(circuit.state === "open" ? OPEN_MS : PROBE_LEASE_MS);
          const probing = takeProbe(circuit, "p", nowMs + waitMs);
          expect(probing?.state).toBe(circuit.state === "closed" ? undefined : "half_open");
          circuit = endProbe(probing ?? circuit, { probe: "p", failed }, nowMs + waitMs);
          circuit = note(circuit, failed ? FAILED : FINE, nowMs);
        }
      }),
    );
  });
});
