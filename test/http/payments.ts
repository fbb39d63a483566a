/** Steps that several tests of the operations start with. */
import { type TestAnswer, call, initiateBody } from "../support/call.ts";
import { world } from "../support/world.ts";

export const INITIATE = "/api/payments/initiate";
export const REFUND = "/api/payments/refund";
export const books = () => world.providerOf("alpha");

/** How much the provider has seen: unchanged means no side effect there. */
export const seen = () => ({ orders: books().orders.size, calls: books().calls.length });

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
