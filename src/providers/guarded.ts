/** Calls to a provider by its operations' policies and behind its breaker: the way every client of ours takes. */
import type { Clock } from "#base";
import type { Breaker } from "./breaker-view.ts";
import type { Outbound, OutboundRequest, OutboundResult } from "./outbound.ts";
import { isFailure, nextTry, type OperationName, POLICIES, type Policy } from "./policies.ts";

/** Never throws; `not_sent` with reason `breaker_open` when nothing left the house. */
export type Guarded = (
  operation: OperationName,
  request: Omit<OutboundRequest, "timeoutMs">,
) => Promise<OutboundResult>;

interface PolicyPorts {
  readonly nowMs: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface GuardedPorts extends PolicyPorts {
  readonly outbound: Outbound;
  readonly breaker: Breaker;
}

export function makeGuarded(ports: GuardedPorts): Guarded {
  const { outbound, breaker } = ports;
  return (operation, request) => {
    const policy = POLICIES[operation];
    return withPolicy(policy, ports, async (timeoutMs) => {
      const pass = await breaker.enter(operation);
      if (!pass) return { type: "not_sent", reason: "breaker_open" };
      const result = await outbound({ ...request, timeoutMs });
      breaker.leave(operation, pass, isFailure(policy, result));
      return result;
    });
  };
}

/** Tries until the policy says that it is enough; each try may take what is left of the budget, at most its own limit. */
async function withPolicy(
  policy: Policy,
  { nowMs, random, sleep }: PolicyPorts,
  send: (timeoutMs: number) => Promise<OutboundResult>,
): Promise<OutboundResult> {
  const startedAtMs = nowMs();
  const elapsedMs = () => Math.max(0, nowMs() - startedAtMs);
  for (let tries = 1; ; tries += 1) {
    const leftMs = policy.totalBudgetMs - elapsedMs();
    const result = await send(Math.max(1, Math.min(policy.timeoutMs, leftMs)));
    const moment = { elapsedMs: elapsedMs(), nowMs: nowMs(), random: random() };
    const waitMs = nextTry(policy, { tries, result, ...moment });
    if (waitMs === undefined) return result;
    await sleep(waitMs);
  }
}
