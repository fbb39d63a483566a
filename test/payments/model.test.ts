import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALL_FAULTS, SimulatedWorld } from "./simulated-world.ts";

/** What can happen next; weights by repetition. Each draws a number to pick its object with. */
const HAPPENINGS = [
  "effect",
  "effect",
  "effect",
  "faulty_effect",
  "faulty_effect",
  "answer",
  "answer",
  "answer",
  "alarm",
  "look",
  "look",
  "look",
  "time",
  "crash",
  "late_arrival",
  "pay",
  "fail",
  "leak",
  "webhook",
  "repeat",
  "refresh",
  "refund",
  "refund_all",
  "refund_moves",
  "refund_fails",
] as const;

const happening = fc.record({
  what: fc.constantFrom(...HAPPENINGS),
  pick: fc.nat({ max: 1_000 }),
});
type Happening = { what: (typeof HAPPENINGS)[number]; pick: number };

function happen(world: SimulatedWorld, { what, pick }: Happening): void {
  switch (what) {
    case "effect":
      return world.runEffect(pick, "none");
    case "faulty_effect":
      return world.runEffect(pick, CALL_FAULTS[pick % CALL_FAULTS.length] ?? "none");
    case "answer":
      return world.deliverAnswer(pick);
    case "alarm":
      return world.reachAlarm();
    case "look":
      return world.look();
    case "time":
      return world.passTime(pick * 500);
    case "crash":
      return world.crash();
    case "late_arrival":
      return world.lateRequestArrives(pick);
    case "pay":
      return world.payerActs(pick, "COMPLETED");
    case "fail":
      return world.payerActs(pick, "FAILED");
    case "leak":
      return pick % 10 === 0 ? world.impossibleCapture(pick) : undefined;
    case "webhook":
      return world.webhook(pick);
    case "repeat":
      return world.apply({ type: "order_repeated" });
    case "refresh":
      return world.apply({ type: "refresh_requested" });
    case "refund":
      return world.askRefund(100 + (pick % 50) * 100);
    case "refund_all":
      return world.askRefund(10_000);
    case "refund_moves":
      return world.refundMoves(pick, pick % 2 === 0 ? "CONFIRMED" : "COMPLETED");
    case "refund_fails":
      return world.refundMoves(pick, "FAILED");
  }
}

/** Half of the histories begin where a payment usually gets, so that its later life is met often enough. */
const start = fc.constantFrom("new", "open", "lost_url", "paid");

function startFrom(from: "new" | "open" | "lost_url" | "paid"): SimulatedWorld {
  const world = new SimulatedWorld();
  if (from === "new") return world;
  world.runEffect(0, from === "lost_url" ? "lost_answer" : "none");
  world.deliverAnswer(0);
  if (from !== "paid") return world;
  world.payerActs(0, "COMPLETED");
  world.reachAlarm();
  world.runEffect(0, "none");
  world.deliverAnswer(0);
  return world;
}

const RUNS = 10_000;

describe("the payment machine against a simulated world", () => {
  it(`I1 to I7: ${RUNS} random histories with faults and crashes end where the books are`, () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(start, fc.array(happening, { maxLength: 60, size: "max" }), (from, history) => {
        const world = startFrom(from);
        for (const one of history) happen(world, one);
        world.settle();
        reached.add(world.payment.state);
        for (const attempt of world.payment.attempts) {
          for (const refund of world.payment.refunds) {
            reached.add(refund.automatic ? "automatic refund" : `refund ${refund.state}`);
          }
          if (attempt.n > 1) reached.add("second attempt");
        }
      }),
      { numRuns: RUNS },
    );
    // The histories must have been worth something.
    expect([...reached].toSorted()).toEqual(
      [
        "COMPLETED",
        "EXPIRED",
        "FAILED",
        "automatic refund",
        "refund COMPLETED",
        "refund FAILED",
        "second attempt",
      ].toSorted(),
    );
  });
});
