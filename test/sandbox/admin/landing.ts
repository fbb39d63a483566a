import { Hono } from "hono";
import { html } from "hono/html";
import type { Books } from "../books/books.ts";
import { listOrders } from "../books/ledger.ts";
import { findMerchant } from "../books/merchants.ts";
import type { Order } from "../books/schema.ts";
import { listDeliveries } from "../books/webhooks.ts";
import { renderPage, rupees } from "../page/layout.ts";

const SHOWN_MAX = 50;

/** The sandbox's front page: what it is, and what has happened in it. */
export function landingRoutes(books: Books): Hono {
  const app = new Hono();
  app.get("/", () => {
    const open = books.settings.adminToken === ""; // with a token set, the books are for its holder only
    return renderPage({
      title: "Provider sandbox",
      look: "wide",
      brand: "Provider sandbox",
      body: html`
        <section class="card">
          <h1>Stand-in for PhonePe</h1>
          <p class="muted">
            Stands in for PhonePe: API below <code>/apis/pg-sandbox</code>, pay page, checkout
            script, webhooks. No money moves. <a href="/shop">Demo shop</a>
          </p>
        </section>
        ${open ? [orders(books), webhooks(books)] : ""}
      `,
    });
  });
  return app;
}

function orders(books: Books): ReturnType<typeof html> {
  const rows = listOrders(books, SHOWN_MAX);
  return html`<section class="card">
    <h2>Orders</h2>
    ${
      rows.length === 0
        ? html`<p class="muted">None yet. The first pay call puts one here.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Orders">
            <table>
              <thead>
                <tr>
                  <th scope="col">Order</th>
                  <th scope="col">Merchant</th>
                  <th scope="col">Amount</th>
                  <th scope="col">State</th>
                  <th scope="col">Created (India)</th>
                  <th scope="col">Links</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map((order) => orderRow(books, order))}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

const TONES = { PENDING: "wait", COMPLETED: "good", FAILED: "bad" } as const;

function orderRow(books: Books, order: Order): ReturnType<typeof html> {
  const name = findMerchant(books, order.merchantId)?.name ?? order.merchantId;
  const reason = order.detailedErrorCode === "" ? "" : ` · ${order.detailedErrorCode}`;
  return html`<tr>
    <td>${order.merchantOrderId}</td>
    <td>${name}</td>
    <td class="money">${rupees(order.amountPaisa)}</td>
    <td><span class="chip ${TONES[order.state]}">${order.state}${reason}</span></td>
    <td>${indiaTime(order.createdAtMs)}</td>
    <td>
      <a href="/transact/uat_v2?token=${order.pageToken}">Pay page</a> ·
      <a href="/admin/books/orders/${order.orderId}">Books</a>
    </td>
  </tr>`;
}

function webhooks(books: Books): ReturnType<typeof html> {
  const rows = listDeliveries(books).slice(-SHOWN_MAX).toReversed();
  return html`<section class="card">
    <h2>Webhooks</h2>
    ${
      rows.length === 0
        ? html`<p class="muted">None yet.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Webhooks">
            <table>
              <thead>
                <tr>
                  <th scope="col">Event</th>
                  <th scope="col">Order</th>
                  <th scope="col">Delivery</th>
                  <th scope="col">Tries</th>
                  <th scope="col">Last answer</th>
                  <th scope="col">Created (India)</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map(
                  (row) =>
                    html`<tr>
                      <td>${row.event}</td>
                      <td>${row.merchantOrderId}</td>
                      <td>
                        <span class="chip ${row.state === "DELIVERED" ? "good" : "wait"}"
                          >${row.state}</span
                        >
                      </td>
                      <td>${row.tries}</td>
                      <td>${row.lastHttpStatus === 0 ? row.lastError : row.lastHttpStatus}</td>
                      <td>${indiaTime(row.createdAtMs)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

const INDIA_TIME = new Intl.DateTimeFormat("en-IN", {
  dateStyle: "medium",
  timeStyle: "medium",
  timeZone: "Asia/Kolkata",
});

function indiaTime(atMs: number): string {
  return INDIA_TIME.format(atMs);
}
