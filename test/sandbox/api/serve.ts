import type { Context } from "hono";
import * as z from "zod";
import type { Books } from "../books/books.ts";
import { switchesFor } from "../books/behaviour.ts";
import { type CallIds, recordAnswer, recordCall } from "../books/calls.ts";
import { claimFault, type Fault } from "../books/faults.ts";
import { merchantOfToken, revokeTokens } from "../books/merchants.ts";
import type { Endpoint } from "../endpoints.ts";
import {
  AUTHORIZATION_FAILED,
  INTERNAL_SERVER_ERROR,
  respond,
  TOO_MANY_REQUESTS,
} from "./answers.ts";
import type { Answer } from "./answers.ts";

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
    const response = await strike(fault, async () => {
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

async function strike(fault: Fault | undefined, work: () => Promise<Response>): Promise<Response> {
  if (fault === undefined) return work();
  switch (fault.kind) {
    case "revoke":
      return work();
    case "malformed":
      return malformed(await work());
    case "drip":
      return drip(await work(), fault.delayMs);
    case "big-after":
      return big(await work());
    case "unknown-fields":
      return withFields(await work(), { futureField: { a: [1, null] }, state: "SOME_NEW_STATE" });
    case "expires-now":
      return withFields(await work(), { expires_at: Math.floor(Date.now() / 1000) });
    case "delay":
      await scheduler.wait(fault.delayMs);
      return work();
    case "timeout-before":
      await scheduler.wait(fault.delayMs);
      return plain(504, "");
    case "truncated":
      return cut(await work(), 0.5);
    case "empty":
      return cut(await work(), 0);
    case "401":
      return respond(AUTHORIZATION_FAILED);
    case "429":
      return respond({
        ...TOO_MANY_REQUESTS,
        headers: { "retry-after": String(fault.retryAfterSec) },
      });
    case "500":
    case "503":
    case "html":
    case "reset":
    case "redirect":
      return spoilt(fault);
    default: {
      const answer = await work();
      await answer.body?.cancel();
      return spoiltAfter(fault);
    }
  }
}

async function spoiltAfter(fault: Fault): Promise<Response> {
  if (fault.kind === "timeout-after") {
    await scheduler.wait(fault.delayMs);
    return plain(504, "");
  }
  return spoilt(fault);
}

function spoilt({ kind, retryAfterSec }: Fault): Response {
  if (kind.startsWith("500")) return respond(INTERNAL_SERVER_ERROR);
  if (kind.startsWith("503")) {
    const headers = { "content-type": "text/plain", "retry-after": String(retryAfterSec) };
    return new Response("R999", { status: 503, headers });
  }
  if (kind === "redirect") return Response.redirect("http://127.0.0.1:9/elsewhere", 302);
  if (kind.startsWith("html")) return html();
  return brokenStream();
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain" } });
}

function html(): Response {
  return new Response(
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    { status: 502, headers: { "content-type": "text/html" } },
  );
}

async function cut(response: Response, share: number): Promise<Response> {
  const text = await response.text();
  return new Response(text.slice(0, Math.floor(text.length * share)), {
    status: response.status,
    headers: { "content-type": "application/json" },
  });
}

/**
 * The nearest thing to a connection reset that a Worker can do: the headers go out, then the body breaks off with an error.
 * A client sees a 200 whose body never ends properly.
 */
function brokenStream(): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"'));
    },
    async pull(controller) {
      await scheduler.wait(20);
      controller.error(new Error("connection reset by the sandbox"));
    },
  });
  return new Response(body, { status: 200, headers: { "content-type": "application/json" } });
}

/** JSON that stops being JSON after its first member. */
async function malformed(response: Response): Promise<Response> {
  const text = await response.text();
  const init = { status: response.status, headers: { "content-type": "application/json" } };
  return new Response(text.replace(",", ",,"), init);
}

async function withFields(response: Response, fields: object): Promise<Response> {
  const answer: unknown = JSON.parse(await response.text());
  return Response.json({ ...(typeof answer === "object" ? answer : {}), ...fields }, response);
}

const BIG_BYTES = 10_000_000;

/** The answer with 10 MB of spaces behind it. */
async function big(response: Response): Promise<Response> {
  const text = await response.text();
  const init = { status: response.status, headers: { "content-type": "application/json" } };
  return new Response(text + " ".repeat(BIG_BYTES), init);
}

const DRIPS = 20;

/** The right answer, a twentieth at a time. */
async function drip(response: Response, overMs: number): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const share = Math.ceil(bytes.length / DRIPS);
  let at = 0;
  const body = new ReadableStream({
    async pull(controller) {
      await scheduler.wait(overMs / DRIPS);
      controller.enqueue(bytes.slice(at, at + share));
      at += share;
      if (at >= bytes.length) controller.close();
    },
  });
  return new Response(body, {
    status: response.status,
    headers: { "content-type": "application/json" },
  });
}
