import { Hono } from "hono";
import type * as z from "zod";
import * as answers from "./answers.ts";
import {
  findLink,
  findPayment,
  findRefund,
  listLinks,
  listRefunds,
  loadLink,
  type RazorpayBooks,
} from "./books.ts";
import { createLink, decideLink } from "./links.ts";
import { presentLink, presentPayment, presentRefund } from "./presenters.ts";
import { createRefund } from "./refunds.ts";
import { type Call, serve } from "./serve.ts";
import { switchesOf } from "./switches.ts";
import { linkBodySchema, refundBodySchema } from "./validation.ts";

type Handler = (books: RazorpayBooks, call: Call) => answers.Answer;

/** Razorpay's API as far as payment links need it. */
export function razorpayApi(books: RazorpayBooks): Hono {
  const app = new Hono({ strict: false }); // its documentation writes some paths with a slash at the end
  const on = (endpoint: Parameters<typeof serve>[1], handler: Handler) =>
    serve(books, endpoint, (call) => handler(books, call));
  app.post("/payment_links", on("link-create", create));
  app.get("/payment_links", on("link-list", list));
  app.get("/payment_links/:linkId", on("link-fetch", fetchLink));
  app.post("/payment_links/:linkId/cancel", on("link-cancel", cancel));
  app.get("/payments/:paymentId", on("payment", fetchPayment));
  app.post("/payments/:paymentId/refund", on("refund", refund));
  app.get("/payments/:paymentId/refunds", on("refund-list", refunds));
  app.get("/refunds/:refundId", on("refund-fetch", fetchRefund));
  return app;
}

const found = (body: object): answers.Answer => ({ status: 200, body });

/** The first fault of a body, in Razorpay's form. */
function refusalOf(error: z.ZodError): answers.Answer {
  const [issue] = error.issues;
  return answers.invalid(issue?.path.join(".") || "body", issue?.message ?? "is not valid");
}

const LIFE_SEC = 180 * 86_400;

function create(books: RazorpayBooks, call: Call): answers.Answer {
  const parsed = linkBodySchema.safeParse(call.body);
  if (!parsed.success) return refusalOf(parsed.error);
  const body = parsed.data;
  const { linkLifeSecMin, duplicateWords } = switchesOf(books);
  const nowSec = Math.floor(books.nowMs() / 1000);
  const expireBy = body.expire_by ?? nowSec + LIFE_SEC;
  if (expireBy < nowSec + linkLifeSecMin) {
    return answers.invalid("expire_by", "timestamp must be atleast 15 minutes in future");
  }
  const link = createLink(books, {
    referenceId: body.reference_id,
    amountPaisa: body.amount,
    description: body.description,
    callbackUrl: body.callback_url ?? "",
    notes: JSON.stringify(body.notes),
    expiresAtMs: expireBy * 1000,
    origin: books.settings.publicOrigin || new URL(call.context.req.url).origin,
  });
  if (link === undefined) return answers.usedReference(duplicateWords, body.reference_id);
  return found(presentLink(books, link));
}

const PAGE_MAX = 100;

function list(books: RazorpayBooks, { context }: Call): answers.Answer {
  const { reference_id: reference, count = "10", skip = "0" } = context.req.query();
  const { listFilter, listPayments } = switchesOf(books);
  const filtered = reference !== undefined && listFilter === "holds";
  const all = listLinks(books).filter((link) => !filtered || link.referenceId === reference);
  const from = Number(skip) || 0;
  const page = all.slice(from, from + Math.min(Number(count) || 10, PAGE_MAX));
  return found({
    payment_links: page.map((link) => presentLink(books, link, { payments: listPayments })),
  });
}

function fetchLink(books: RazorpayBooks, { context }: Call): answers.Answer {
  const link = findLink(books, context.req.param("linkId") ?? "");
  return link === undefined ? answers.NO_SUCH_ID : found(presentLink(books, link));
}

function cancel(books: RazorpayBooks, { context }: Call): answers.Answer {
  const link = findLink(books, context.req.param("linkId") ?? "");
  if (link === undefined) return answers.NO_SUCH_ID;
  const done = decideLink(books, link, { outcome: "cancel", method: "upi" });
  if (done === "refused") return answers.LINK_NOT_OPEN;
  return found(presentLink(books, loadLink(books, link.linkId)));
}

function fetchPayment(books: RazorpayBooks, { context }: Call): answers.Answer {
  const payment = findPayment(books, context.req.param("paymentId") ?? "");
  if (payment === undefined) return answers.NO_SUCH_ID;
  return found(presentPayment(books, loadLink(books, payment.linkId), payment));
}

function refund(books: RazorpayBooks, { body, text, context }: Call): answers.Answer {
  const parsed = refundBodySchema.safeParse(body);
  if (!parsed.success) return refusalOf(parsed.error);
  const idempotencyKey = context.req.header("x-refund-idempotency") ?? "";
  if (idempotencyKey !== "" && !/^[A-Za-z0-9_-]{10,}$/.test(idempotencyKey)) {
    return answers.invalid("X-Refund-Idempotency", "must be at least 10 characters long");
  }
  const result = createRefund(books, {
    paymentId: context.req.param("paymentId") ?? "",
    amountPaisa: parsed.data.amount,
    receipt: parsed.data.receipt,
    notes: JSON.stringify(parsed.data.notes),
    idempotencyKey,
    request: text,
  });
  return result.ok ? found(presentRefund(result.refund)) : answers.refundRefusal(result.reason);
}

function refunds(books: RazorpayBooks, { context }: Call): answers.Answer {
  const { count = "10", skip = "0" } = context.req.query();
  const from = Number(skip) || 0;
  const items = listRefunds(books, context.req.param("paymentId") ?? "")
    .slice(from, from + Math.min(Number(count) || 10, PAGE_MAX))
    .map(presentRefund);
  return found({ entity: "collection", count: items.length, items });
}

function fetchRefund(books: RazorpayBooks, { context }: Call): answers.Answer {
  const one = findRefund(books, context.req.param("refundId") ?? "");
  return one === undefined ? answers.NO_SUCH_ID : found(presentRefund(one));
}
