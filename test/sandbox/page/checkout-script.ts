/**
 * The merchants' checkout script (contract 1.4, EM-15). It styles through the object model only, so that it works under a
 * shop's strict style policy. CONCLUDED says that the order ended, USER_CANCEL that the payer closed the page; neither says
 * paid.
 */
export const CHECKOUT_SCRIPT = `"use strict";
(() => {
  let open;

  const pageUrl = (tokenUrl) => {
    const url = new URL(tokenUrl, location.href);
    url.searchParams.set("type", "IFRAME");
    url.searchParams.set("parent", location.origin);
    return url;
  };

  const style = (element, rules) => Object.assign(element.style, rules);

  const finish = (result) => {
    if (!open) return;
    const { root, callback, onMessage, onKey, focusBack, overflow } = open;
    open = undefined;
    removeEventListener("message", onMessage);
    removeEventListener("keydown", onKey);
    root.remove();
    document.documentElement.style.overflow = overflow;
    focusBack?.focus?.();
    if (result !== undefined) callback(result);
  };

  const build = (url) => {
    const root = document.createElement("div");
    root.id = "phonepe-checkout";
    root.setAttribute("role", "dialog");
    root.setAttribute("aria-modal", "true");
    root.setAttribute("aria-label", "Payment");
    style(root, {
      position: "fixed", inset: "0", zIndex: "2147483647", display: "grid", placeItems: "center",
      background: "rgba(22, 10, 48, 0.6)",
    });
    const frame = document.createElement("iframe");
    frame.title = "Payment page";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    frame.allow = "payment";
    frame.src = url.href;
    style(frame, {
      border: "0", width: "min(100vw, 30rem)", height: "min(100vh, 54rem)", background: "#f5f2fb",
      borderRadius: innerWidth > 520 ? "1rem" : "0",
    });
    const close = document.createElement("button");
    close.type = "button";
    close.id = "phonepe-checkout-close";
    close.setAttribute("aria-label", "Close the payment page");
    close.textContent = "\\u00d7";
    style(close, {
      position: "fixed", top: "0.75rem", right: "0.75rem", width: "2.75rem", height: "2.75rem", border: "0",
      borderRadius: "50%", font: "700 1.5rem/1 system-ui, sans-serif", background: "#fff", color: "#1d1333",
      cursor: "pointer",
    });
    root.append(frame, close);
    return { root, frame, close };
  };

  const openFrame = (url, callback) => {
    finish();
    const { root, frame, close } = build(url);
    const onMessage = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== url.origin) return;
      if (event.data?.source !== "sandbox-checkout") return;
      if (event.data.result === "CONCLUDED" || event.data.result === "USER_CANCEL") finish(event.data.result);
    };
    const onKey = (event) => {
      if (event.key === "Escape") finish("USER_CANCEL");
    };
    open = {
      root, callback, onMessage, onKey,
      focusBack: document.activeElement,
      overflow: document.documentElement.style.overflow,
    };
    addEventListener("message", onMessage);
    addEventListener("keydown", onKey);
    close.addEventListener("click", () => finish("USER_CANCEL"));
    document.documentElement.style.overflow = "hidden";
    document.body.append(root);
    close.focus();
  };

  window.PhonePeCheckout = Object.freeze({
    transact({ tokenUrl, callback, type } = {}) {
      if (typeof tokenUrl !== "string" || tokenUrl === "") throw new TypeError("tokenUrl is missing");
      if (type !== "IFRAME") return location.assign(tokenUrl);
      openFrame(pageUrl(tokenUrl), typeof callback === "function" ? callback : () => {});
    },
    closePage() {
      finish();
    },
  });
})();
`;
