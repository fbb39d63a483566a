/**
 * `GET /api/payments/security-status` (api.md 7) and `GET /metrics`: every figure is looked at now (docs/security-status.md).
 * Its names on the wire are api.md's.
 */
import { orUnavailable } from "./call-payment.ts";
import type { SignerMerchant } from "./deps.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";

export interface SecurityPorts {
  /** What operators are shown; rejects only when nobody can say what was refused. */
  status(merchant: SignerMerchant): Promise<object>;
  /** The same look as Prometheus text. */
  metrics(merchant: SignerMerchant): Promise<string>;
}

export const securityStatusOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: answerStatus,
};

export const metricsOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: answerMetrics,
};

const AWAY = "The counter of refusals does not answer: repeat the call.";

async function answerStatus({ deps, merchant }: Call<undefined>): Promise<Response> {
  const status = await orUnavailable(AWAY, () => deps.security.status(merchant));
  return jsonAnswer(200, JSON.stringify(status));
}

async function answerMetrics({ deps, merchant }: Call<undefined>): Promise<Response> {
  const text = await orUnavailable(AWAY, () => deps.security.metrics(merchant));
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return new Response(text, { status: 200, headers });
}
