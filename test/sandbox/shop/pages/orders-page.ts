import { html } from "hono/html";
import type { PaymentStatus } from "#client";
import { formatRupees } from "../money.ts";
import { outcomeOf } from "../outcome.ts";
import type { Page } from "./layout.ts";

/** One order of this browser; without a payment, the gateway did not tell. */
export interface OrderRow {
  readonly orderId: string;
  readonly payment?: PaymentStatus;
}

const TIME = new Intl.DateTimeFormat("en-IN", { dateStyle: "medium", timeZone: "Asia/Kolkata" });
const LABELS = { success: "Paid", failure: "Not paid", pending: "Pending" } as const;

export function ordersPage(rows: readonly OrderRow[]): Page {
  return {
    title: "Your orders",
    main: html`<main id="main" class="wrap narrow">
      <h1 class="page-title">Your orders</h1>
      ${
        rows.length === 0
          ? nothing()
          : html`<ul class="orders">
              ${rows.map(orderRow)}
            </ul>`
      }
      <p class="fine">Only orders of this browser are listed, the newest twelve.</p>
    </main>`,
  };
}

function orderRow({ orderId, payment }: OrderRow) {
  if (payment === undefined) {
    return html`<li>
      <a href="/shop/return/${orderId}"
        ><span
          ><b>Not known yet</b><small><code>${orderId}</code></small></span
        >
        <span class="badge">Look again</span></a
      >
    </li>`;
  }
  const outcome = outcomeOf(payment.state);
  const refunded =
    payment.refundedAmount > 0 ? ` · ${formatRupees(payment.refundedAmount)} refunded` : "";
  return html`<li data-order-state="${payment.state}">
    <a href="/shop/return/${orderId}">
      <span
        ><b>${formatRupees(payment.amount)}</b
        ><small>${TIME.format(payment.createdAt)}${refunded}</small
        ><small><code>${orderId}</code></small></span
      >
      <span class="badge ${outcome}">${LABELS[outcome]}</span></a
    >
  </li>`;
}

function nothing() {
  return html`<section class="panel centred">
    <h2>The kettle is still cold</h2>
    <p>You have not ordered anything in this browser yet.</p>
    <p class="actions"><a class="button primary" href="/shop">See the teas</a></p>
  </section>`;
}
