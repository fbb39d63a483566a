/** What the end-to-end tests do again and again, against the stack that runs for all of them. */
import { randomUUID } from "node:crypto";
import { expect, inject, vi } from "vitest";
import { type PaymentStatus, ProblemError } from "#client";
import { booksOf } from "./books.ts";
import { callAdmin } from "./sandbox-process.ts";
import { clientOf } from "./stack.ts";

export const stack = inject("stack");
export const client = clientOf(stack);
export const books = booksOf(stack);

export const freshId = () => `e2e-${randomUUID().slice(0, 18)}`;
export const request = (merchantOrderId: string, more: object = {}) => ({
  merchantOrderId,
  amount: 49_900,
  redirectUrl: "http://localhost:8788/shop/return",
  ...more,
});

/** A payment that is COMPLETED. */
export async function paid(amount = 49_900): Promise<string> {
  const id = freshId();
  await client.initiate(request(id, { amount }));
  await books.settle(id, "success");
  await expectState(id, "COMPLETED");
  return id;
}

/** Waits until the gateway says so by itself, without asking it to ask. */
export async function expectState(
  id: string,
  state: PaymentStatus["state"],
  timeout = 15_000,
): Promise<PaymentStatus> {
  return vi.waitFor(
    async () => {
      const status = await client.status(id);
      expect(status.state).toBe(state);
      return status;
    },
    { timeout, interval: 150 },
  );
}

/** The problem that a call is answered with. */
export async function problemOf(call: Promise<unknown>): Promise<ProblemError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error("the call was answered without a problem");
}

/** The next payment that would go to the stand-in is turned away there as well. */
export function standInRefuses(): Promise<unknown> {
  const fault = { endpoint: "link-create", kind: "429", times: 1 };
  return callAdmin(`${stack.sandbox}/razorpay/admin/faults`, "POST", fault);
}
