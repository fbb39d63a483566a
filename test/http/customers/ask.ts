/** Steps that the tests of the customers' endpoints start with. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { merchantIdSchema, MINUTE_MS } from "#base";
import { paymentObjectName } from "#payments";
import { call, freshId, type TestAnswer, type TestCall } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { callAsPromised } from "../as-promised.ts";
import { books, paidPayment, REFUND } from "../payments.ts";

const ALPHA = merchantIdSchema.parse("alpha");

function ask(what: "export" | "erase", id: string, more: Partial<TestCall>) {
  const path = `/api/admin/customers/${id}/${what}${more.path ?? ""}`;
  // A key of its own: the limit of these calls is for each key.
  const key = more.key ?? TEST_KEYS.alphaNext;
  const request = { method: "POST", ...more, key, path };
  return callAsPromised(`/api/admin/customers/:id/${what}`, request);
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
