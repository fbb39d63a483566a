import { html } from "hono/html";
import type { PaymentRefund, PaymentState, PaymentStatus } from "#client";
import { newCart } from "../basket.ts";
import { formatRupees } from "../money.ts";
import { isMoving, type Outcome, outcomeOf, refundablePaisa, refundLabel } from "../outcome.ts";
import { OUTCOME_ART } from "./art.ts";
import type { Page } from "./layout.ts";

const WORDS: Record<PaymentState, { title: string; text: string }> = {
  COMPLETED: {
    title: "Thank you, it is paid",
    text: "Your tea is being packed. The invoice comes with the parcel.",
  },
  PENDING: {
    title: "Your payment is pending",
    text: "We are waiting for your bank. This page updates itself, and we deliver as soon as the money has arrived. Please do not pay twice.",
  },
  INITIATING: {
    title: "Your payment is being set up",
    text: "This page updates itself. Please do not pay twice.",
  },
  FAILED: {
    title: "The payment did not go through",
    text: "Nothing was sold. If your bank shows a debit, it is given back by itself.",
  },
  EXPIRED: {
    title: "The time to pay is over",
    text: "The payment was not finished in time. If your bank shows a debit, it is given back by itself.",
  },
  BLOCKED: {
    title: "We could not accept this payment",
    text: "No money has moved. Please try another way to pay, or write to us.",
  },
};

const TIME = new Intl.DateTimeFormat("en-IN", {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "Asia/Kolkata",
});

/** The outcome of an order, as the gateway knows it. `mine`: this browser made the order. */
export function outcomePage(payment: PaymentStatus, mine: boolean): Page {
  const outcome = outcomeOf(payment.state);
  const { title, text } = WORDS[payment.state];
  const { merchantOrderId: orderId } = payment;
  const refunds = payment.refunds.map(({ merchantRefundId }) => merchantRefundId).join(" ");
  return {
    title,
    main: html`<main
      id="main"
      class="wrap narrow"
      data-outcome="${outcome}"
      data-state="${payment.state}"
      data-refunds="${refunds}"
      ${isMoving(payment) ? html`data-poll="/shop/api/orders/${orderId}"` : ""}
    >
      <section class="panel centred ${outcome}" aria-live="polite">
        ${OUTCOME_ART[outcome]}
        <h1>${title}</h1>
        <p class="amount">${formatRupees(payment.amount)}</p>
        <p>${text}</p>
        ${facts(payment)} ${actions(outcome, mine && isPayable(payment) ? orderId : undefined)}
        ${outcome === "pending" ? noscript(orderId) : ""}
      </section>
      ${outcome === "success" ? refundSection(payment, mine) : ""}
    </main>`,
  };
}

/** The gateway gave no answer: pending, because nobody knows (UAT-35). The page keeps asking. */
export function unknownOutcomePage(orderId: string): Page {
  return {
    title: "Your payment is pending",
    main: html`<main
      id="main"
      class="wrap narrow"
      data-outcome="pending"
      data-state="UNKNOWN"
      data-refunds=""
      data-poll="/shop/api/orders/${orderId}"
    >
      <section class="panel centred pending" aria-live="polite">
        ${OUTCOME_ART.pending}
        <h1>Your payment is pending</h1>
        <p>
          We cannot reach the payment service just now. This page keeps asking. Please do not pay
          twice.
        </p>
        <p class="fine">Order <code>${orderId}</code></p>
        ${noscript(orderId)}
      </section>
    </main>`,
  };
}

/** Whether the payer can (still) be sent to the pay page. */
export function isPayable(payment: PaymentStatus): boolean {
  return payment.state === "PENDING" && typeof payment.redirectUrl === "string";
}

function facts(payment: PaymentStatus) {
  return html`<dl class="facts">
    <div>
      <dt>Order</dt>
      <dd><code>${payment.merchantOrderId}</code></dd>
    </div>
    <div>
      <dt>Placed</dt>
      <dd>${TIME.format(payment.createdAt)}</dd>
    </div>
    <div>
      <dt>State</dt>
      <dd>${payment.state.toLowerCase()}</dd>
    </div>
    ${
      payment.refundedAmount > 0
        ? html`<div>
            <dt>Refunded</dt>
            <dd>${formatRupees(payment.refundedAmount)}</dd>
          </div>`
        : ""
    }
  </dl>`;
}

function actions(outcome: Outcome, payableOrderId: string | undefined) {
  if (outcome === "failure") {
    return html`<p class="actions"><a class="button primary" href="/shop">Try again</a></p>`;
  }
  if (payableOrderId !== undefined) {
    return html`<p class="fine">Did you close the pay page before you were done?</p>
      <p class="actions">
        <a id="resume" class="button primary" href="/shop/pay/${payableOrderId}?mode=redirect"
          >Back to the pay page</a
        >
      </p>`;
  }
  return html`<p class="actions"><a class="button" href="/shop">Back to the shelf</a></p>`;
}

function noscript(orderId: string) {
  return html`<noscript
    ><p class="actions">
      <a class="button" href="/shop/return/${orderId}">Look again</a>
    </p></noscript
  >`;
}

function refundSection(payment: PaymentStatus, mine: boolean) {
  const leftPaisa = refundablePaisa(payment);
  if (payment.refunds.length === 0 && !mine) return "";
  return html`<section class="panel" aria-labelledby="refunds-title">
    <h2 id="refunds-title">Refunds</h2>
    ${payment.refunds.length === 0 ? html`<p class="fine">Not your cup of tea? Send it back within 30 days.</p>` : refundList(payment.refunds)}
    ${mine && leftPaisa > 0 ? refundForm(payment.merchantOrderId, leftPaisa) : ""}
  </section>`;
}

function refundList(refunds: readonly PaymentRefund[]) {
  return html`<ul class="refunds" aria-live="polite">
    ${refunds.map(
      (refund) =>
        html`<li data-refund-id="${refund.merchantRefundId}" data-refund-state="${refund.state}">
          <span
            ><b>${formatRupees(refund.amount)}</b
            ><small><code>${refund.merchantRefundId}</code></small></span
          >
          <span class="badge">${refundLabel(refund)}</span>
        </li>`,
    )}
  </ul>`;
}

/** The one-time number makes a double click one refund. */
function refundForm(orderId: string, leftPaisa: number) {
  const left = formatRupees(leftPaisa).replaceAll(/[₹,]/g, "");
  return html`<form class="refund-form" method="post" action="/shop/orders/${orderId}/refunds">
    <input type="hidden" name="request" value="${newCart()}" />
    <label for="refund-amount"
      >Amount in rupees <small>at most ${formatRupees(leftPaisa)}</small></label
    >
    <div class="row">
      <input
        id="refund-amount"
        name="amount"
        type="text"
        inputmode="decimal"
        autocomplete="off"
        value="${left}"
        required
      />
      <button id="refund" class="primary" type="submit">Refund</button>
    </div>
  </form>`;
}
