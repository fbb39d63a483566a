import { html } from "hono/html";
import { newCart } from "../basket.ts";
import { type Product, PRODUCTS, QUANTITY_MAX } from "../catalogue.ts";
import { formatRupees } from "../money.ts";
import { productArt } from "./art.ts";
import type { Page } from "./layout.ts";

/** The shelf, and the basket form around it. */
export function shopPage(): Page {
  const totalPaisa = PRODUCTS.reduce((sum, item) => sum + item.pricePaisa * item.suggested, 0);
  return {
    title: "Teas",
    main: html`<main id="main">
      <section class="hero">
        <div class="wrap">
          <p class="eyebrow">Spring harvest 2026</p>
          <h1>Tea that still knows its hillside.</h1>
          <p class="lede">
            Four teas, bought from the gardens that grew them, packed the week they arrive.
          </p>
        </div>
      </section>
      <form id="basket" class="wrap basket" method="post" action="/shop/checkout">
        <input type="hidden" name="cart" value="${newCart()}" />
        <div class="shelf">${PRODUCTS.map(productCard)}</div>
        ${summary(totalPaisa)}
      </form>
    </main>`,
  };
}

function productCard(product: Product) {
  const { art, name, origin, pricePaisa, size, sku, story, suggested } = product;
  const field = `quantity-${sku}`;
  return html`<article class="card" aria-labelledby="name-${sku}">
    <div class="art art-${art}">${productArt(art)}</div>
    <div class="card-text">
      <p class="origin">${origin}</p>
      <h2 id="name-${sku}">${name}</h2>
      <p class="story">${story}</p>
      <div class="card-foot">
        <p class="price"><strong>${formatRupees(pricePaisa)}</strong><span>${size}</span></p>
        <div class="stepper">
          <button type="button" data-step="-1" aria-label="One ${name} less">&minus;</button>
          <label class="hidden" for="${field}">Quantity of ${name}</label>
          <input
            id="${field}"
            name="${field}"
            type="number"
            inputmode="numeric"
            min="0"
            max="${QUANTITY_MAX}"
            step="1"
            value="${suggested}"
            data-price="${pricePaisa}"
            required
          />
          <button type="button" data-step="1" aria-label="One ${name} more">+</button>
        </div>
      </div>
    </div>
  </article>`;
}

function summary(totalPaisa: number) {
  return html`<aside class="summary" aria-label="Your basket">
    <h2>Your basket</h2>
    <p class="total"><span>To pay</span><output id="total">${formatRupees(totalPaisa)}</output></p>
    <p class="fine">Includes GST and delivery within India.</p>
    <fieldset>
      <legend>How to pay</legend>
      <label class="choice"
        ><input type="radio" name="mode" value="iframe" checked />
        <span
          ><b>Open in a frame</b><small>Stay on this page, pay in a window over it.</small></span
        ></label
      >
      <label class="choice"
        ><input type="radio" name="mode" value="redirect" />
        <span
          ><b>Full page redirect</b><small>Go to the pay page and come back after.</small></span
        ></label
      >
    </fieldset>
    <button id="buy" class="primary" type="submit">Pay securely</button>
    <p class="fine">UPI, cards and net banking. We never see your card or your bank details.</p>
  </aside>`;
}
