/** Steps that the tests of the customers' endpoints start with. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { merchantIdSchema, MINUTE_MS } from "#base";
import { paymentObjectName } from "#payments";
import { ROUTE_DOCS } from "../../../src/http/openapi/route-docs.ts";
import { ANSWER_SCHEMAS } from "../../../src/http/openapi/schema-table.ts";
import { call, freshId, type TestAnswer, type TestCall } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { books, paidPayment, REFUND } from "../payments.ts";

const ALPHA = merchantIdSchema.parse("alpha");

/** A call to one of the endpoints, whose answer is one that the document promises. */
async function ask(what: "export" | "erase", id: string, more: Partial<TestCall>) {
  const path = `/api/admin/customers/${id}/${what}`;
  // A key of its own: the limit of these calls is for each key.
  const key = more.key ?? TEST_KEYS.alphaNext;
  const answer = await call({ method: "POST", ...more, key, path: `${path}${more.path ?? ""}` });
  const doc = ROUTE_DOCS[`POST /api/admin/customers/:id/${what}`];
  if (answer.status < 300) {
    const promised = doc?.answers[answer.status];
    const schema = promised?.type === "json" ? promised.schema : "Problem";
    expect(ANSWER_SCHEMAS[schema]().safeParse(answer.json).error).toBeUndefined();
  } else {
    expect(doc?.problems).toContain(answer.json["code"]);
  }
  return answer;
}

export const exportOf = (id: string, more: Partial<TestCall> = {}): Promise<TestAnswer> =>
  ask("export", id, more);
export const erase = (id: string, more: Partial<TestCall> = {}): Promise<TestAnswer> =>
  ask("erase", id, more);

export const objectOf = (orderId: string) =>
  env.PAYMENTS.getByName(paymentObjectName(ALPHA, orderId));

/** Lets what is due of a payment go out. */
export async function alarm(orderId: string, afterMs: number = MINUTE_MS): Promise<void> {
  world.offsetMs += afterMs;
  await runDurableObjectAlarm(objectOf(orderId));
}

/** What stands in payments of `personal` about the person, and nowhere else. */
export const PERSON = ["for Asha", "udf of Asha", "asha@bank", "too small for Asha"] as const;

/** A paid and partly refunded payment of a customer that tells a lot, enrolled with its customer. */
export async function personalPayment(customerId: string): Promise<string> {
  const customer = { id: customerId, phone: "+919999900001", email: "asha@mail.example" };
  const details = { message: "for Asha", metaInfo: { udf1: "udf of Asha" }, customer };
  books().details.splice(0, 1, { paymentMode: "UPI_INTENT", vpa: "asha@bank" });
  const id = await paidPayment(details);
  const reason = "too small for Asha";
  const body = { merchantRefundId: freshId("ref"), merchantOrderId: id, amount: 10_000, reason };
  await call({ path: REFUND, body });
  books().settleRefund(body.merchantRefundId, "COMPLETED");
  for (let turn = 0; turn < 3; turn += 1) await alarm(id);
  return id;
}

export const freshCustomer = () => freshId("customer");
