import type { Context } from "hono";
import * as z from "zod";
import { switchesFor } from "../books/behaviour.ts";
import type { Books } from "../books/books.ts";
import { type CallIds, recordAnswer, recordCall } from "../books/calls.ts";
import { claimFault } from "../books/faults.ts";
import { merchantOfToken, revokeTokens } from "../books/merchants.ts";
import type { Endpoint } from "../endpoints.ts";
import {
  AUTHORIZATION_FAILED,
  INTERNAL_SERVER_ERROR,
  respond,
  TOO_MANY_REQUESTS,
} from "./answers.ts";
import type { Answer } from "./answers.ts";
import { type FaultWords, strike } from "./strike.ts";

/** PhonePe's own words for what a fault says in its name. */
const WORDS: FaultWords = {
  unauthorized: () => respond(AUTHORIZATION_FAILED),
  tooMany: (retryAfterSec) =>
    respond({ ...TOO_MANY_REQUESTS, headers: { "retry-after": String(retryAfterSec) } }),
  internal: () => respond(INTERNAL_SERVER_ERROR),
};

const MAX_BODY_CHARS = 100_000;
const HOLD_MS_MAX = 60_000;
const HOLD_POLL_MS = 20;

/** One API call, read once: the endpoint, the ids that faults are aimed by, the raw body. */
export type Call = {
  endpoint: Endpoint;
  ids: CallIds;
  text: string;
  context: Context;
};

const idsSchema = z
  .object({
    merchantOrderId: z.string().catch(""),
    originalMerchantOrderId: z.string().catch(""),
    merchantRefundId: z.string().catch(""),
  })
  .catch({ merchantOrderId: "", originalMerchantOrderId: "", merchantRefundId: "" });

/** Wraps an endpoint: faults strike around it (EM-13), and the books note that it was called. */
export function serve(
  books: Books,
  endpoint: Endpoint,
  answer: (call: Call) => Answer | Promise<Answer>,
): (context: Context) => Promise<Response> {
  return async (context) => {
    const call = await readCall(context, endpoint);
    const fault = claimFault(books, endpoint, call.ids);
    const callId = recordCall(books, {
      endpoint,
      merchantId: merchantOfToken(books, bearerOf(context))?.merchantId ?? "",
      ...call.ids,
      fault: fault?.kind ?? "",
      receivedAtMs: books.nowMs(),
    });
    if (fault?.kind === "revoke") revokeTokens(books, undefined);
    const response = await strike(fault, WORDS, async () => {
      const result = await answer(call);
      recordAnswer(books, callId, result.status);
      return respond(result);
    });
    await whileHeld(books, call);
    return response;
  };
}

/** Keeps an answer back until the switch is turned off again. */
async function whileHeld(books: Books, { endpoint, ids }: Call): Promise<void> {
  const endMs = Date.now() + HOLD_MS_MAX;
  const { merchantOrderId } = ids;
  while (switchesFor(books, { merchantOrderId }).holdAnswers.includes(endpoint)) {
    if (Date.now() > endMs) return;
    await scheduler.wait(HOLD_POLL_MS);
  }
}

/** The token of `Authorization: O-Bearer …`, or nothing usable. */
export function bearerOf(context: Context): string {
  const [, token] = /^O-Bearer (\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
  return token ?? "";
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON, or no body at all: validation refuses it
  }
}

async function readCall(context: Context, endpoint: Endpoint): Promise<Call> {
  const text =
    context.req.method === "POST" ? (await context.req.text()).slice(0, MAX_BODY_CHARS) : "";
  const body = idsSchema.parse(parseJson(text));
  return {
    endpoint,
    text,
    context,
    ids: {
      merchantOrderId:
        context.req.param("merchantOrderId") ??
        (body.merchantOrderId === "" ? body.originalMerchantOrderId : body.merchantOrderId),
      merchantRefundId: context.req.param("merchantRefundId") ?? body.merchantRefundId,
    },
  };
}
