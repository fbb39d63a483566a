import { type Context, Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { hmacSha256Hex } from "../books/ids.ts";
import { renderPage, rupees } from "../page/layout.ts";
import { findLink, type Link, type RazorpayBooks } from "./books.ts";
import { capturedPaymentOf, decideLink, METHODS } from "./links.ts";

/** The page of a payment link. Who has its address may pay: there is no other login. */
export function razorpayPage(books: RazorpayBooks): Hono {
  const app = new Hono();
  app.get("/:linkId", (context) => show(books, context));
  app.post("/:linkId", (context) => choose(books, context));
  return app;
}

const choiceSchema = z.object({
  outcome: z.enum(["success", "fail"]),
  method: z.enum(METHODS).default("upi"),
});

/** Applies the payer's choice, then shows the page again, so that reloading repeats nothing. */
async function choose(books: RazorpayBooks, context: Context): Promise<Response> {
  const link = findLink(books, context.req.param("linkId") ?? "");
  const choice = choiceSchema.safeParse(await context.req.parseBody()).data;
  if (link?.status === "created" && choice !== undefined) {
    books.atomically(() => decideLink(books, link, choice));
  }
  return context.redirect(new URL(context.req.url).pathname, 303);
}

async function show(books: RazorpayBooks, context: Context): Promise<Response> {
  const link = findLink(books, context.req.param("linkId") ?? "");
  if (link === undefined) {
    return renderPage({
      title: "No such payment link",
      status: 404,
      body: html`<section class="card"><h1>No such payment link</h1></section>`,
    });
  }
  return link.status === "created" ? payView(books, link) : endedView(books, link);
}

function payView(books: RazorpayBooks, link: Link): Promise<Response> {
  const name = books.settings.account?.name ?? "";
  return renderPage({
    title: `Pay ${rupees(link.amountPaisa)} to ${name}`,
    brand: "Payment link",
    body: html`
      <section class="card">
        <h1>${rupees(link.amountPaisa)} to ${name}</h1>
        <p class="muted">${link.description} ${link.referenceId}</p>
      </section>
      <form class="card" id="pay-form" method="post">
        <fieldset>
          <legend>Choose how to pay</legend>
          ${METHODS.map(
            (method, index) =>
              html`<label
                ><input
                  type="radio"
                  name="method"
                  value="${method}"
                  ${index === 0 ? "checked" : ""}
                />
                ${method}</label
              >`,
          )}
        </fieldset>
        <div class="controls">
          <button class="good" id="pay-success" name="outcome" value="success">
            Pay successfully
          </button>
          <button class="bad" id="pay-fail" name="outcome" value="fail">Fail this attempt</button>
        </div>
      </form>
      <p class="foot">A test page. Card data is neither asked for nor sent.</p>
    `,
  });
}

async function endedView(books: RazorpayBooks, link: Link): Promise<Response> {
  const back = await backUrl(books, link);
  return renderPage({
    title: `Payment link ${link.status}`,
    brand: "Payment link",
    head: back === "" ? undefined : html`<meta http-equiv="refresh" content="1;url=${back}" />`,
    body: html`<section class="card">
      <h1>This payment link is ${link.status}</h1>
      ${back === "" ? "" : html`<p><a id="back" href="${back}">Back to the shop</a></p>`}
    </section>`,
  });
}

/** A payer who has paid goes back with Razorpay's signature over what came of it; others stay. */
async function backUrl(books: RazorpayBooks, link: Link): Promise<string> {
  const payment = capturedPaymentOf(books, link.linkId);
  if (payment === undefined || !/^https?:/.test(link.callbackUrl)) return "";
  const { linkId, referenceId, status } = link;
  const secret = books.settings.account?.keySecret ?? "";
  const signed = [linkId, referenceId, status, payment.paymentId].join("|");
  const url = new URL(link.callbackUrl);
  url.searchParams.set("razorpay_payment_id", payment.paymentId);
  url.searchParams.set("razorpay_payment_link_id", linkId);
  url.searchParams.set("razorpay_payment_link_reference_id", referenceId);
  url.searchParams.set("razorpay_payment_link_status", status);
  url.searchParams.set("razorpay_signature", await hmacSha256Hex(secret, signed));
  return url.toString();
}
