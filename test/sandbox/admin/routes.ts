import { type Context, Hono } from "hono";
import { listSwitches, setSwitches, switchesFor } from "../books/behaviour.ts";
import { addDue, type Books } from "../books/books.ts";
import { listCalls } from "../books/calls.ts";
import { faultInputSchema } from "../books/faults.ts";
import { findOrder, findOrderByAnyId, findRefundByAnyId, loadRefund } from "../books/ledger.ts";
import { listMerchants, revokeTokens, saveMerchant } from "../books/merchants.ts";
import { decide } from "../books/orders.ts";
import { moveRefund } from "../books/refunds.ts";
import { resetBooks } from "../books/reset.ts";
import type { Order } from "../books/schema.ts";
import { listDeliveries } from "../books/webhooks.ts";
import { completeMerchant, merchantInputSchema } from "../settings.ts";
import { faultRoutes } from "./fault-routes.ts";
import { guardAdmin, notFound, parseBody } from "./guard.ts";
import { booksView, orderView } from "./book-views.ts";
import {
  clockSchema,
  failureOf,
  revokeSchema,
  settleRefundSchema,
  settleSchema,
} from "./schemas.ts";
import { switchesBodySchema } from "./schemas.ts";

/** The tests' remote control (README.md lists it). Guarded only if SANDBOX_ADMIN_TOKEN is set: it is a local tool. */
export function adminRoutes(books: Books): Hono {
  const app = new Hono();
  app.use("*", guardAdmin(books.settings.adminToken));
  readRoutes(app, books);
  faultRoutes(app, books, faultInputSchema);
  actRoutes(app, books);
  return app;
}

function readRoutes(app: Hono, books: Books): void {
  app.get("/books", (context) => context.json(booksView(books)));
  app.get("/books/orders/:id", (context) => {
    const order = orderOf(books, context);
    return order === undefined ? notFound(context) : context.json(orderView(books, order));
  });
  app.get("/calls", (context) => context.json({ calls: listCalls(books) }));
  app.get("/webhooks", (context) =>
    context.json({ webhooks: listDeliveries(books, context.req.query("merchantOrderId")) }),
  );
  app.get("/switches", (context) => {
    const { merchantId, merchantOrderId } = context.req.query();
    const effective = switchesFor(books, { merchantId, merchantOrderId });
    return context.json({ effective, scopes: listSwitches(books) });
  });
  app.get("/merchants", (context) =>
    context.json({
      merchants: listMerchants(books).map(({ merchantId, name, clientId, webhookUrl }) => ({
        merchantId,
        name,
        clientId,
        webhookUrl,
      })),
    }),
  );
}

function actRoutes(app: Hono, books: Books): void {
  app.post("/reset", (context) => {
    resetBooks(books);
    return context.json({ ok: true });
  });
  app.post("/merchants", async (context) => {
    const body = await parseBody(context, merchantInputSchema);
    if (!body.ok) return body.response;
    const merchant = completeMerchant(body.value, books.settings.webhookUrl);
    saveMerchant(books, merchant);
    return context.json({ merchantId: merchant.merchantId }, 201);
  });
  app.put("/switches", async (context) => {
    const body = await parseBody(context, switchesBodySchema);
    if (!body.ok) return body.response;
    const { switches, reset, revokeTokens: revoke, ...scope } = body.value;
    setSwitches(books, scope, { patch: switches, reset });
    if (revoke) revokeTokens(books, scope.merchantId);
    return context.json({ effective: switchesFor(books, scope) });
  });
  app.post("/tokens/revoke", async (context) => {
    const body = await parseBody(context, revokeSchema);
    if (!body.ok) return body.response;
    return context.json({ revoked: revokeTokens(books, body.value.merchantId) });
  });
  app.put("/clock", async (context) => {
    const body = await parseBody(context, clockSchema);
    if (!body.ok) return body.response;
    await books.setClock(body.value.offsetMs);
    return context.json({ nowMs: books.nowMs() });
  });
  app.post("/orders/:id/settle", (context) => settleOrder(books, context));
  app.post("/refunds/:id/settle", (context) => settleRefund(books, context));
  app.post("/webhooks/:id/resend", (context) => resend(books, context));
}

async function settleOrder(books: Books, context: Context): Promise<Response> {
  const body = await parseBody(context, settleSchema);
  if (!body.ok) return body.response;
  const order = orderOf(books, context);
  if (order === undefined) return notFound(context);
  const { outcome, instrument } = body.value;
  const refused = books.atomically(() =>
    decide(books, order, {
      outcome,
      instrument,
      failure: failureOf(body.value),
      evenIfFailed: true,
    }),
  );
  if (refused !== undefined) return context.json({ error: refused }, 409);
  const settled = findOrder(books, order);
  return settled === undefined ? notFound(context) : context.json(orderView(books, settled));
}

async function settleRefund(books: Books, context: Context): Promise<Response> {
  const body = await parseBody(context, settleRefundSchema);
  if (!body.ok) return body.response;
  const refund = findRefundByAnyId(books, context.req.param("id") ?? "");
  if (refund === undefined) return notFound(context);
  const moved = books.atomically(() =>
    moveRefund(books, refund, { state: body.value.state, failure: failureOf(body.value) }),
  );
  if (!moved) return context.json({ error: "refund-is-final" }, 409);
  return context.json(loadRefund(books, refund.refundId));
}

/** Sends a webhook once more, as it was: what a provider's operator does by hand, and what a replay attack looks like. */
function resend(books: Books, context: Context): Response {
  const deliveryId = Number(context.req.param("id"));
  if (!listDeliveries(books).some((delivery) => delivery.deliveryId === deliveryId)) {
    return notFound(context);
  }
  books.sql.exec(
    "UPDATE deliveries SET state = 'QUEUED', tries = 0 WHERE deliveryId = ?",
    deliveryId,
  );
  addDue(books, { kind: "delivery", ref: String(deliveryId), atMs: books.nowMs() });
  return context.json({ ok: true });
}

/** `?merchantId=` tells two merchants' orders of one id apart. */
function orderOf(books: Books, context: Context): Order | undefined {
  const id = context.req.param("id") ?? "";
  const merchantId = context.req.query("merchantId");
  return merchantId === undefined
    ? findOrderByAnyId(books, id)
    : findOrder(books, { merchantId, merchantOrderId: id });
}
