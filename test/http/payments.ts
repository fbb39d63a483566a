/** Steps that several tests of the operations start with. */
import { type TestAnswer, call, initiateBody } from "../support/call.ts";
import { world } from "../support/world.ts";

export const INITIATE = "/api/payments/initiate";
export const REFUND = "/api/payments/refund";
export const books = () => world.providerOf("alpha");

/** What the provider was told to do: unchanged means no side effect there. Earlier payments go on being looked at. */
export const seen = () => ({
  orders: books().orders.size,
  pays: books().callsOf("pay"),
  refunds: books().callsOf("refund"),
});

/** How often the provider was asked about a payment. */
export const looksAt = (id: string) => books().callsOf("orderStatus", id);

/** A new payment of merchant `alpha`; gives its id. */
export async function newPayment(more: Record<string, unknown> = {}): Promise<string> {
  const body = initiateBody(more);
  const answer = await call({ path: INITIATE, body });
  if (answer.status !== 201) throw new Error(`expected a new payment, got ${answer.text}`);
  return String(body["merchantOrderId"]);
}

/** A payment of 499 rupees that was paid and confirmed. */
export async function paidPayment(more: Record<string, unknown> = {}): Promise<string> {
  const id = await newPayment(more);
  books().settle(id, "COMPLETED");
  const answer = await statusOf(id, "?refresh=true");
  if (answer.json["state"] !== "COMPLETED") throw new Error(`expected a capture: ${answer.text}`);
  return id;
}

export function statusOf(id: string, query = ""): Promise<TestAnswer> {
  return call({ path: `/api/payments/status/${id}${query}` });
}
