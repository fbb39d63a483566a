/** The self-test (api.md 7): begun on demand, and what came of it. */
import type { ChangedBy, MerchantId } from "#base";
import { Problem } from "#problems";
import { orUnavailable } from "./call-payment.ts";
import { changedBy } from "./changed-by.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";

export interface SelfTestApi {
  /** The run that was begun, or the one under way. */
  begin(merchantId: MerchantId, by: ChangedBy): Promise<string>;
  run(merchantId: MerchantId, runId: string): Promise<SelfTestReport | null>;
}

interface SelfTestReport {
  readonly runId: string;
  readonly state: "running" | "passed" | "failed";
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly tests: readonly {
    readonly id: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly ms: number;
  }[];
}

const RUN_ID = /^run_[A-Za-z0-9_-]{22}$/;
const AGAIN = "The self-test does not answer: repeat the call.";

/** `POST /api/payments/security-test`: at most one run at a time; asked again meanwhile, it is the same one. */
export const beginSelfTestOperation: Operation<typeof noBody> = {
  scope: "security:write",
  rateClass: "security",
  schema: noBody,
  handle: beginSelfTest,
};

/** `GET /api/payments/security-test/{runId}`. */
export const selfTestOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: answerSelfTest,
};

async function beginSelfTest(call: Call<undefined>): Promise<Response> {
  const { deps, merchant } = call;
  const runId = await orUnavailable(AGAIN, () => deps.selfTest.begin(merchant.id, changedBy(call)));
  return jsonAnswer(202, JSON.stringify({ runId }));
}

async function answerSelfTest({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  const runId = c.req.param("runId") ?? "";
  if (!RUN_ID.test(runId)) throw new Problem("self_test_not_found");
  const run = await orUnavailable(AGAIN, () => deps.selfTest.run(merchant.id, runId));
  if (!run) throw new Problem("self_test_not_found");
  const { startedAtMs: startedAt, finishedAtMs: finishedAt, state, tests } = run;
  return jsonAnswer(200, JSON.stringify({ runId, state, startedAt, finishedAt, tests }));
}
