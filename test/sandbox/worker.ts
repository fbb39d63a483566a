import { Hono } from "hono";
import { CHECKOUT_SCRIPT } from "./page/checkout-script.ts";
import { shop } from "./shop/index.ts";

export { BooksObject } from "./books-object.ts";
export { RazorpayObject } from "./razorpay/razorpay-object.ts";

/** The sandbox's front: the demo shop, the checkout script, and each provider's books for all the rest. */
const app = new Hono<{ Bindings: Env }>();

app.get("/admin/health", (c) => c.json({ ok: true }));

app.get("/web/bundle/checkout.js", (c) =>
  c.body(CHECKOUT_SCRIPT, 200, {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
  }),
);

app.route("/shop", shop);

app.all("/razorpay/*", (c) => c.env.RAZORPAY.getByName("books").fetch(c.req.raw));

app.all("*", (c) => c.env.BOOKS.getByName("books").fetch(c.req.raw));

export default app;
