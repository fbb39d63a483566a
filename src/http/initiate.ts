import {
  assert,
  type MerchantOrderId,
  merchantOrderIdSchema,
  randomId,
  sha256Hex,
  unreachable,
} from "#base";
import type { InitiateAnswer, InitiateCommand, RiskResult } from "#payments";
import { Problem } from "#problems";
import { callPayment } from "./call-payment.ts";
import { customerHash } from "./customer-hash.ts";
import { type Call, type EarlyCall, jsonAnswer, type Operation, REPLAYED } from "./operation.ts";
import { type InitiateBody, initiateSchemaFor, type UrlPolicy } from "./schemas.ts";

/** A breaker or an outage is worth waiting for a moment; `provider_unavailable` says how long. */
const RETRY_AFTER_SEC = 5;

/** `POST /api/payments/initiate` (api.md 4). */
export function initiateOperation(
  policy: UrlPolicy,
): Operation<ReturnType<typeof initiateSchemaFor>, Prepared> {
  return {
    scope: "payments:write",
    rateClass: "initiate",
    schema: initiateSchemaFor(policy),
    idempotent: true,
    prepare,
    handle: initiate,
  };
}

/** What is known before the gate has answered. */
interface Prepared {
  readonly merchantOrderId: MerchantOrderId;
  readonly customer: string | null;
  readonly risk: RiskResult;
}

/** The payment counts for the profiles of its payer once, however often it is repeated. */
async function prepare(call: EarlyCall<InitiateBody>): Promise<Prepared> {
  const { body, c, deps, merchant } = call;
  const merchantOrderId = body.merchantOrderId ?? (await orderIdFor(call));
  const customer = await customerOf(body);
  const payer = { merchantOrderId, customer, body, request: c.req.raw };
  return { merchantOrderId, customer, risk: await deps.assessRisk(merchant, payer) };
}

async function customerOf({ customer }: InitiateBody): Promise<string | null> {
  return customer?.id === undefined ? null : customerHash(customer.id);
}

async function initiate(
  call: Call<InitiateBody>,
  prepared: Prepared | undefined,
): Promise<Response> {
  assert(prepared !== undefined, "a payment is assessed before it is made");
  const { body, deps, merchant } = call;
  const { merchantOrderId, customer, risk } = prepared;
  const command: InitiateCommand = {
    merchantId: merchant.id,
    merchantOrderId,
    amountPaisa: body.amount,
    order: {
      redirectUrl: body.redirectUrl,
      expireAfterSec: body.expireAfter,
      message: body.message,
      metaInfo: definedEntries(body.metaInfo ?? {}),
      paymentModeConfig: body.paymentModeConfig,
    },
    contentHash: await sha256Hex(JSON.stringify({ ...body, merchantOrderId: undefined })),
    route: deps.routeOf(merchant, body),
    risk,
    configVersion: merchant.configVersion,
    customer,
    identity: call.identity,
    keyHash: call.keyHash,
  };
  return answerOf(await callPayment(deps, () => deps.payments.initiate(command)));
}

/**
 * The id of a payment that the merchant did not name. From the idempotency key, where there is one: then a retry
 * reaches the same payment, even when it is signed with another key of the merchant.
 */
async function orderIdFor({
  keyHash,
  merchant,
}: EarlyCall<InitiateBody>): Promise<MerchantOrderId> {
  if (keyHash === null) return merchantOrderIdSchema.parse(randomId("ord"));
  const hash = await sha256Hex(`${merchant.id}/${keyHash}`);
  return merchantOrderIdSchema.parse(`ord_${hash.slice(0, 32)}`);
}

function answerOf(answer: InitiateAnswer): Response {
  const { outcome, body } = answer;
  const headers = answer.replayed ? REPLAYED : {};
  switch (outcome) {
    case "created":
      return jsonAnswer(201, body, headers);
    case "initiating":
      return jsonAnswer(202, body, headers);
    case "existing":
      return jsonAnswer(200, body, headers);
    case "blocked":
      throw new Problem("payment_blocked", { firstRequestId: body, headers });
    case "rejected":
      throw new Problem("provider_rejected", { firstRequestId: body, headers });
    case "unavailable":
      throw new Problem("provider_unavailable", {
        detail: "Nothing payable exists. Repeat the call: it is a new try under the same id.",
        headers: { "retry-after": String(RETRY_AFTER_SEC) },
      });
    case "conflict":
      throw new Problem("state_conflict", {
        detail: "This merchantOrderId belongs to a payment with other content.",
      });
    case "in_progress":
      throw new Problem("request_in_progress", { headers: { "retry-after": "1" } });
    default:
      return unreachable(outcome);
  }
}

function definedEntries(source: Readonly<Record<string, string | undefined>>) {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
