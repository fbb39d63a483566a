import { html } from "hono/html";
import type { Refusal } from "../refusal.ts";
import type { Page } from "./layout.ts";

/** A page that says what went wrong, and where to go on. */
export function messagePage(refusal: Refusal, orderId?: string): Page {
  return {
    title: refusal.title,
    status: refusal.status,
    main: html`<main
      id="main"
      class="wrap narrow"
      ${refusal.code === undefined ? "" : html`data-problem="${refusal.code}"`}
    >
      <section class="panel centred" role="alert">
        <h1>${refusal.title}</h1>
        <p>${refusal.text}</p>
        ${refusal.requestId === undefined ? "" : html`<p class="fine">When you write to us, please quote <code id="request-id">${refusal.requestId}</code>.</p>`}
        <p class="actions">
          ${orderId === undefined ? "" : html`<a class="button primary" href="/shop/return/${orderId}">Look at the order</a>`}
          <a class="button" href="/shop">Back to the shelf</a>
        </p>
      </section>
    </main>`,
  };
}
