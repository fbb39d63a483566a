import { html } from "hono/html";
import type { Payment } from "#client";
import type { CheckoutMode } from "../basket.ts";
import { formatRupees } from "../money.ts";
import { OUTCOME_ART } from "./art.ts";
import type { Page } from "./layout.ts";

interface Opening {
  readonly payment: Payment;
  readonly mode: CheckoutMode;
}

/**
 * Opens the pay page: by the provider's script where the gateway names one, else by going there.
 * The pay page's address is handed on unchanged (UAT-17). When the payer has finished or closed it,
 * the page only goes on to the return page, which asks the gateway (UAT-18).
 */
export function checkoutPage({ payment, mode }: Opening, redirectUrl: string): Page {
  const script = payment.checkout?.script;
  const { merchantOrderId: orderId } = payment;
  return {
    title: "Payment",
    outside: { frame: redirectUrl, ...(script !== undefined && { script }) },
    main: html`<main
      id="main"
      class="wrap narrow"
      data-checkout
      data-token-url="${redirectUrl}"
      data-mode="${mode}"
      data-script="${script === undefined ? "no" : "yes"}"
      data-return="/shop/return/${orderId}"
      data-here="/shop/pay/${orderId}?mode=${mode}"
    >
      <section class="panel centred">
        ${OUTCOME_ART.pending}
        <h1>Opening the pay page</h1>
        <p class="amount">${formatRupees(payment.amount)}</p>
        <p class="fine">Order <code>${orderId}</code></p>
        <div id="trouble" class="note" role="alert" hidden>
          <p>The pay page did not open. A content blocker may have stopped it.</p>
          <p class="actions">
            <a class="button primary" href="/shop/pay/${orderId}?mode=redirect"
              >Try again in full page</a
            >
          </p>
        </div>
        <noscript><p class="note">Please switch JavaScript on: the pay page needs it.</p></noscript>
        <p class="actions">
          <a class="button" href="/shop/return/${orderId}">See where the order stands</a>
        </p>
      </section>
    </main>`,
  };
}

/** No provider has answered yet (INITIATING): asks our own server until the pay page is there. */
export function waitingPage({ payment, mode }: Opening): Page {
  const { merchantOrderId: orderId } = payment;
  return {
    title: "Preparing your payment",
    main: html`<main
      id="main"
      class="wrap narrow"
      data-poll="/shop/api/orders/${orderId}"
      data-wait-for="pay-page"
      data-next="/shop/pay/${orderId}?mode=${mode}"
      data-return="/shop/return/${orderId}"
      data-state="${payment.state}"
    >
      <section class="panel centred" aria-live="polite">
        ${OUTCOME_ART.pending}
        <h1>Preparing your payment</h1>
        <p class="amount">${formatRupees(payment.amount)}</p>
        <p>
          The bank side takes a little longer than usual. This page goes on by itself; please keep
          it open.
        </p>
        <p class="fine">Order <code>${orderId}</code></p>
        <noscript
          ><p class="actions">
            <a class="button primary" href="/shop/pay/${orderId}?mode=${mode}">Look again</a>
          </p></noscript
        >
      </section>
    </main>`,
  };
}
