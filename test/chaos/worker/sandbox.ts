/** The provider's sandbox with a set of books for each merchant, below `/books/{merchant}`. */
import { Hono } from "hono";

export { BooksObject } from "../../sandbox/books-object.ts";
export { RazorpayObject } from "../../sandbox/razorpay/razorpay-object.ts";

const app = new Hono<{ Bindings: Env }>();

app.get("/health", (c) => c.text("ok"));

app.all("/books/:merchantId/*", (c) => {
  const { merchantId } = c.req.param();
  const url = new URL(c.req.url);
  url.pathname = url.pathname.slice(`/books/${merchantId}`.length);
  return c.env.BOOKS.getByName(merchantId).fetch(new Request(url, c.req.raw));
});

export default app;
