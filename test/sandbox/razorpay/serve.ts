import type { Context } from "hono";
import * as z from "zod";
import { parseJson } from "../api/serve.ts";
import { type FaultWords, strike } from "../api/strike.ts";
import { type CallIds, recordAnswer, recordCall } from "../books/calls.ts";
import { claimFault, faultInputSchema } from "../books/faults.ts";
import { base64Encode } from "../books/ids.ts";
import { type Answer, INTERNAL, respond, TOO_MANY, UNAUTHORIZED } from "./answers.ts";
import { findLink, findPayment, type RazorpayBooks } from "./books.ts";

const ENDPOINTS = [
  "link-create",
  "link-list",
  "link-fetch",
  "link-cancel",
  "payment",
  "refund",
  "refund-list",
  "refund-fetch",
] as const;
type Endpoint = (typeof ENDPOINTS)[number];

export const razorpayFaultSchema = faultInputSchema.extend({
  endpoint: z.enum([...ENDPOINTS, "any"]),
});

/** One API call, read once: the raw body, and the ids that faults are aimed by. */
export type Call = { text: string; body: unknown; ids: CallIds; context: Context };

const WORDS: FaultWords = {
  unauthorized: () => respond(UNAUTHORIZED),
  tooMany: (retryAfterSec) =>
    respond({ ...TOO_MANY, headers: { "retry-after": String(retryAfterSec) } }),
  internal: () => respond(INTERNAL),
};
const MAX_BODY_CHARS = 100_000;

/** Wraps an endpoint: faults strike around it, the books note the call, the keys are checked. */
export function serve(
  books: RazorpayBooks,
  endpoint: Endpoint,
  answer: (call: Call) => Answer,
): (context: Context) => Promise<Response> {
  return async (context) => {
    const call = await readCall(books, context);
    const fault = claimFault(books, endpoint, call.ids);
    const callId = recordCall(books, {
      endpoint,
      merchantId: "",
      ...call.ids,
      fault: fault?.kind ?? "",
      receivedAtMs: books.nowMs(),
    });
    return strike(fault, WORDS, async () => {
      const result = mayCall(books, context) ? books.atomically(() => answer(call)) : UNAUTHORIZED;
      recordAnswer(books, callId, result.status);
      return respond(result);
    });
  };
}

function mayCall(books: RazorpayBooks, context: Context): boolean {
  const { account } = books.settings;
  if (account === undefined) return false;
  const expected = `Basic ${base64Encode(`${account.keyId}:${account.keySecret}`)}`;
  return context.req.header("authorization") === expected;
}

const idsSchema = z
  .object({ reference_id: z.string().catch(""), receipt: z.string().catch("") })
  .catch({ reference_id: "", receipt: "" });

async function readCall(books: RazorpayBooks, context: Context): Promise<Call> {
  const posted = context.req.method === "POST";
  const text = posted ? (await context.req.text()).slice(0, MAX_BODY_CHARS) : "";
  const body = parseJson(text === "" ? "{}" : text);
  const ids = idsSchema.parse(body);
  const named = context.req.query("reference_id") ?? ids.reference_id;
  return {
    text,
    body,
    context,
    ids: {
      merchantOrderId: named || referenceOf(books, context),
      merchantRefundId: ids.receipt,
    },
  };
}

/** The order that a link's or a payment's id in the path belongs to. */
function referenceOf(books: RazorpayBooks, context: Context): string {
  const { linkId, paymentId } = context.req.param();
  const payment = paymentId === undefined ? undefined : findPayment(books, paymentId);
  const link = findLink(books, linkId ?? payment?.linkId ?? "-");
  return link?.referenceId ?? "";
}
