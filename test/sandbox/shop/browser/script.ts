/**
 * The pages' own script, sent inline under the page's nonce. It holds no secret and decides
 * nothing about money: prices and outcomes come from the server.
 */
export const SCRIPT = String.raw`
"use strict";
(() => {
  const POLL_MS = 2000;
  const POLL_FOR_MS = 20 * 60 * 1000;
  const main = document.querySelector("main");

  // A pay page in our frame may come back here: show the outcome in the whole window.
  if (window.top !== window.self) {
    try { window.top.location.replace(window.location.href); } catch { /* Not ours: stay inside. */ }
  }

  const basket = document.querySelector("#basket");
  if (basket) {
    const rupees = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR" });
    const inputs = [...basket.querySelectorAll("[data-price]")];
    const buy = basket.querySelector("#buy");
    const update = () => {
      const paisa = inputs.reduce((sum, input) => sum + Number(input.dataset.price) * Number(input.value), 0);
      basket.querySelector("#total").textContent = rupees.format(paisa / 100);
      buy.disabled = paisa === 0;
    };
    basket.addEventListener("input", update);
    basket.addEventListener("click", (event) => {
      const button = event.target.closest("[data-step]");
      if (!button) return;
      const input = button.parentElement.querySelector("input");
      if (button.dataset.step === "1") input.stepUp(); else input.stepDown();
      update();
    });
    basket.addEventListener("submit", () => {
      buy.textContent = "Opening …";
      buy.setAttribute("aria-busy", "true");
      setTimeout(() => { buy.disabled = true; });
    });
    update();
  }

  if ("checkout" in main.dataset) {
    const { tokenUrl, mode, script } = main.dataset;
    // Loading this page again must show this payment, not post the basket once more.
    history.replaceState(null, "", main.dataset.here);
    const leave = () => window.location.assign(main.dataset.return);
    try {
      if (script === "no") window.location.assign(tokenUrl);
      else if (mode === "redirect") window.PhonePeCheckout.transact({ tokenUrl });
      else window.PhonePeCheckout.transact({ tokenUrl, type: "IFRAME", callback: leave });
    } catch {
      document.querySelector("#trouble").hidden = false;
    }
  }

  const showRefunds = (refunds) => {
    for (const { id, state, label } of refunds) {
      const row = document.querySelector('[data-refund-id="' + CSS.escape(id) + '"]');
      row.dataset.refundState = state;
      row.querySelector(".badge").textContent = label;
    }
  };

  /** True when the page shows all there is to know, or has moved on. */
  const take = (order) => {
    if (main.dataset.waitFor === "pay-page") {
      if (order.payable) window.location.replace(main.dataset.next);
      else if (order.outcome !== "pending") window.location.replace(main.dataset.return);
      return order.payable || order.outcome !== "pending";
    }
    const refunds = order.refunds.map(({ id }) => id).join(" ");
    if (order.state !== main.dataset.state || refunds !== main.dataset.refunds) {
      window.location.reload();
      return true;
    }
    showRefunds(order.refunds);
    if (!order.moving && order.refunds.length > 0) window.location.reload();
    return !order.moving;
  };

  if (main.dataset.poll) {
    const until = Date.now() + POLL_FOR_MS;
    const poll = async () => {
      let done = false;
      try {
        const response = await fetch(main.dataset.poll, { headers: { accept: "application/json" } });
        if (response.ok) done = take(await response.json());
      } catch { /* Offline, or the server is: ask again. */ }
      if (!done && Date.now() < until) setTimeout(poll, POLL_MS);
    };
    setTimeout(poll, POLL_MS);
  }
})();
`;
