import { type Context, Hono } from "hono";
import * as z from "zod";
import { faultRoutes } from "../admin/fault-routes.ts";
import { guardAdmin, notFound, parseBody } from "../admin/guard.ts";
import { listCalls } from "../books/calls.ts";
import {
  findLink,
  findRefund,
  type Link,
  listLinks,
  listPayments,
  listRefunds,
  type RazorpayBooks,
  resetRazorpayBooks,
} from "./books.ts";
import { decideLink, METHODS, OUTCOMES } from "./links.ts";
import { moveRefund } from "./refunds.ts";
import { razorpayFaultSchema } from "./serve.ts";
import { setSwitches, switchesOf, switchesPatchSchema } from "./switches.ts";
import { listRazorpayDeliveries } from "./webhooks.ts";

const settleLinkSchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  method: z.enum(METHODS).default("upi"),
});
const settleRefundSchema = z.strictObject({ status: z.enum(["processed", "failed"]) });

/** The tests' remote control of Razorpay's books (README.md lists it). */
export function razorpayAdmin(books: RazorpayBooks): Hono {
  const app = new Hono();
  app.use("*", guardAdmin(books.settings.adminToken));
  app.get("/books", (context) =>
    context.json({
      links: listLinks(books).map((link) => linkView(books, link)),
      webhooks: listRazorpayDeliveries(books),
    }),
  );
  app.get("/links/:id", (context) => {
    const link = findLink(books, context.req.param("id"));
    return link === undefined ? notFound(context) : context.json(linkView(books, link));
  });
  app.get("/calls", (context) => context.json({ calls: listCalls(books) }));
  app.get("/switches", (context) => context.json({ effective: switchesOf(books) }));
  faultRoutes(app, books, razorpayFaultSchema);
  actRoutes(app, books);
  return app;
}

function actRoutes(app: Hono, books: RazorpayBooks): void {
  app.post("/reset", (context) => {
    resetRazorpayBooks(books);
    return context.json({ ok: true });
  });
  app.put("/switches", async (context) => {
    const body = await parseBody(context, switchesPatchSchema);
    if (!body.ok) return body.response;
    setSwitches(books, body.value.switches);
    return context.json({ effective: switchesOf(books) });
  });
  app.post("/links/:id/settle", (context) => settleLink(books, context));
  app.post("/refunds/:id/settle", (context) => settleRefund(books, context));
}

async function settleLink(books: RazorpayBooks, context: Context): Promise<Response> {
  const body = await parseBody(context, settleLinkSchema);
  if (!body.ok) return body.response;
  const link = findLink(books, context.req.param("id") ?? "");
  if (link === undefined) return notFound(context);
  const result = books.atomically(() => decideLink(books, link, body.value));
  if (result === "refused") return context.json({ error: `link-is-${link.status}` }, 409);
  const settled = findLink(books, link.linkId);
  return settled === undefined ? notFound(context) : context.json(linkView(books, settled));
}

async function settleRefund(books: RazorpayBooks, context: Context): Promise<Response> {
  const body = await parseBody(context, settleRefundSchema);
  if (!body.ok) return body.response;
  const refund = findRefund(books, context.req.param("id") ?? "");
  if (refund === undefined) return notFound(context);
  const result = books.atomically(() => moveRefund(books, refund, body.value.status));
  if (result === "refused") return context.json({ error: "refund-is-final" }, 409);
  return context.json({ ...refund, status: body.value.status });
}

function linkView(books: RazorpayBooks, link: Link): object {
  const payments = listPayments(books, link.linkId);
  return {
    ...link,
    payments,
    captures: payments.filter(({ status }) => status === "captured"),
    refunds: payments.flatMap(({ paymentId }) => listRefunds(books, paymentId)),
    calls: listCalls(books, link.referenceId),
    webhooks: listRazorpayDeliveries(books, link.referenceId),
  };
}
