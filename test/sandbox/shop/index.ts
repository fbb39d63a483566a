/**
 * The demo shop: a merchant, to be mounted at `/shop`. Its server calls the gateway with our client;
 * neither the API key nor any decision about money reaches the browser. It stores nothing but a
 * signed cookie of this browser's order ids.
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Payment } from "#client";
import { type CheckoutMode, orderIdOf, parseBasket } from "./basket.ts";
import { isFromOurPage, secureHeaders } from "./guard.ts";
import { parseRupees } from "./money.ts";
import { myOrders, rememberOrder } from "./my-orders.ts";
import { orderSummary, readOrder, startPayment } from "./orders.ts";
import { outcomeOf } from "./outcome.ts";
import { checkoutPage, waitingPage } from "./pages/checkout-page.ts";
import { sendPage } from "./pages/layout.ts";
import { messagePage } from "./pages/message-page.ts";
import { type OrderRow, ordersPage } from "./pages/orders-page.ts";
import { outcomePage, unknownOutcomePage } from "./pages/outcome-page.ts";
import { shopPage } from "./pages/shop-page.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { readSettings, type Settings } from "./settings.ts";

interface ShopTypes {
  Bindings: Record<string, unknown>;
  Variables: { settings: Settings; orderId?: string };
}

const FORM_BYTES_MAX = 16 * 1024;
const ORDER_ID = ":orderId{[A-Za-z0-9_-]{1,63}}";
const REQUEST_FORM = /^[0-9a-f]{16}$/;

const NOT_FOUND: Refusal = {
  status: 404,
  title: "There is nothing here",
  text: "Please check the address.",
};
const FOREIGN_POST: Refusal = {
  status: 403,
  title: "That did not come from this shop",
  text: "Please use the forms on our own pages.",
};
const BAD_FORM: Refusal = {
  status: 400,
  title: "We could not read that",
  text: "Please choose at least one tin, nine of a kind at most, and try again.",
};
const BAD_AMOUNT: Refusal = {
  status: 400,
  title: "That is no amount",
  text: "Please give rupees with at most two decimals, such as 499 or 499.50.",
};

/** Mount it at `/shop`. It reads `GATEWAY_URL`, `SHOP_KEY_ID` and `SHOP_KEY_SECRET` of the Worker. */
export const shop = new Hono<ShopTypes>();

shop.use("*", secureHeaders);
shop.use(
  "*",
  bodyLimit({
    maxSize: FORM_BYTES_MAX,
    onError: (c) => sendPage(c, messagePage({ ...BAD_FORM, status: 413 })),
  }),
);
shop.use("*", async (c, next) => {
  const isReading = c.req.method === "GET" || c.req.method === "HEAD";
  if (!isReading && !isFromOurPage(c)) return sendPage(c, messagePage(FOREIGN_POST));
  c.set("settings", readSettings(c.env));
  return next();
});

shop.get("/", (c) => sendPage(c, shopPage()));

shop.post("/checkout", async (c) => {
  const basket = parseBasket(await c.req.parseBody());
  if (basket === undefined) return sendPage(c, messagePage(BAD_FORM));

  // Remembered first: if no answer comes, the payer can still look at the order.
  const { client, cookieSecret } = c.var.settings;
  c.set("orderId", await orderIdOf(basket));
  await rememberOrder(c, cookieSecret, await orderIdOf(basket));
  const payment = await startPayment(client, basket, {
    origin: new URL(c.req.url).origin,
    payer: { ip: c.req.header("cf-connecting-ip"), userAgent: c.req.header("user-agent") },
  });
  return showPayment(c, payment, basket.mode);
});

shop.get(`/pay/${ORDER_ID}`, async (c) => {
  const orderId = c.req.param("orderId");
  if (!(await isMine(c, orderId))) return sendPage(c, messagePage(NOT_FOUND));
  c.set("orderId", orderId);
  const payment = await c.var.settings.client.status(orderId);
  return showPayment(c, payment, c.req.query("mode") === "redirect" ? "redirect" : "iframe");
});

shop.get(`/return/${ORDER_ID}`, async (c) => {
  const orderId = c.req.param("orderId");
  const payment = await readOrder(c.var.settings.client, orderId);
  if (payment === undefined) return sendPage(c, unknownOutcomePage(orderId));
  return sendPage(c, outcomePage(payment, await isMine(c, orderId)));
});

shop.post(`/orders/${ORDER_ID}/refunds`, async (c) => {
  const orderId = c.req.param("orderId");
  if (!(await isMine(c, orderId))) return sendPage(c, messagePage(NOT_FOUND));
  c.set("orderId", orderId);
  const { amount, request } = await c.req.parseBody();
  const amountPaisa = typeof amount === "string" ? parseRupees(amount) : undefined;
  if (amountPaisa === undefined || typeof request !== "string" || !REQUEST_FORM.test(request)) {
    return sendPage(c, messagePage(BAD_AMOUNT, orderId));
  }

  await c.var.settings.client.refund({
    merchantRefundId: `chai-refund-${request}`,
    merchantOrderId: orderId,
    amount: amountPaisa,
    reason: "Asked for in the demo shop",
  });
  return c.redirect(`/shop/return/${orderId}`, 303);
});

shop.get("/orders", async (c) => {
  const { client, cookieSecret } = c.var.settings;
  const ids = await myOrders(c, cookieSecret);
  const answers = await Promise.allSettled(ids.map((id) => client.status(id)));
  const rows = ids.map((orderId, index): OrderRow => {
    const answer = answers[index];
    return { orderId, ...(answer?.status === "fulfilled" && { payment: answer.value }) };
  });
  return sendPage(c, ordersPage(rows));
});

shop.get(`/api/orders/${ORDER_ID}`, async (c) => {
  const payment = await c.var.settings.client.status(c.req.param("orderId"));
  return c.json(orderSummary(payment));
});

shop.all("*", async (c) => {
  if (c.req.path === "/shop/") return c.redirect("/shop", 308);
  return sendPage(c, messagePage(NOT_FOUND));
});

shop.onError((error, c) => {
  const refusal = refusalOf(error);
  if (refusal.status === 500) console.error(error);
  if (c.req.path.startsWith("/shop/api/")) {
    return c.json({ error: refusal.title }, refusal.status);
  }
  return sendPage(c, messagePage(refusal, c.get("orderId")));
});

/** On to the pay page while there is one, to a waiting page before, to the outcome after. */
function showPayment(c: Context<ShopTypes>, payment: Payment, mode: CheckoutMode) {
  if (outcomeOf(payment.state) !== "pending") {
    return c.redirect(`/shop/return/${payment.merchantOrderId}`, 303);
  }
  const { redirectUrl } = payment;
  if (typeof redirectUrl !== "string") return sendPage(c, waitingPage({ payment, mode }));
  return sendPage(c, checkoutPage({ payment, mode }, redirectUrl));
}

async function isMine(c: Context<ShopTypes>, orderId: string): Promise<boolean> {
  return (await myOrders(c, c.var.settings.cookieSecret)).includes(orderId);
}
