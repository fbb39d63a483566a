import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProviderName } from "../../src/payments/model.ts";
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
  "promise",
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
    case "promise":
      return world.apply({ type: "caller_told_to_wait" });
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
const start = fc.constantFrom("new", "open", "lost_url", "refused", "paid");
type Start = "new" | "open" | "lost_url" | "refused" | "paid";

/** With and without a provider that may stand in. */
const route = fc.constantFrom<[ProviderName, ...ProviderName[]]>(
  ["phonepe"],
  ["phonepe", "razorpay"],
  ["razorpay", "phonepe"],
);

function startFrom(from: Start, providers: [ProviderName, ...ProviderName[]]): SimulatedWorld {
  const world = new SimulatedWorld(providers);
  if (from === "new") return world;
  if (from === "refused") {
    world.runEffect(0, "not_sent");
    world.deliverAnswer(0);
    return world;
  }
  world.runEffect(0, from === "lost_url" ? "lost_answer" : "none");
  world.deliverAnswer(0);
  if (from !== "paid") return world;
  world.payerActs(0, "COMPLETED");
  world.reachAlarm();
  world.runEffect(0, "none");
  world.deliverAnswer(0);
  return world;
}

const histories = fc.array(happening, { maxLength: 60, size: "max" });
/** 10,000, or as many as `npm run model -- --runs N` says. */
declare const MODEL_RUNS: number;
const RUNS = MODEL_RUNS;
const TIMEOUT_MS = 3_600_000;

describe("the payment machine against a simulated world", () => {
  it(
    `I1 to I7: ${RUNS} random histories with faults and crashes end where the books are`,
    () => {
      const reached = new Set<string>();
      fc.assert(
        fc.property(start, route, histories, (from, providers, history) => {
          const world = startFrom(from, providers);
          for (const one of history) happen(world, one);
          world.settle();
          reached.add(world.payment.state);
          for (const attempt of world.payment.attempts) {
            for (const refund of world.payment.refunds) {
              reached.add(refund.automatic ? "automatic refund" : `refund ${refund.state}`);
            }
            if (attempt.n > 1) reached.add("second attempt");
            const standIn = attempt.provider !== providers[0] && attempt.state === "CAPTURED";
            if (standIn) reached.add("captured by the stand-in");
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
          "captured by the stand-in",
          "refund COMPLETED",
          "refund FAILED",
          "second attempt",
        ].toSorted(),
      );
    },
    TIMEOUT_MS,
  );
});
