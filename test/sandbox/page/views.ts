import { html } from "hono/html";
import type { Instrument } from "../books/instruments.ts";
import type { Attempt, Order } from "../books/schema.ts";
import { type Page, renderPage, rupees } from "./layout.ts";
import { PAGE_SCRIPT } from "./page-script.ts";

/** How the page was opened: full screen, or in the checkout script's frame above the shop `parentOrigin`. */
export type Frame = { framed: boolean; parentOrigin: string };

export type Scene = { order: Order; merchantName: string; frame: Frame };

/** The page of an order that can still be paid. */
export function payView(scene: Scene, lastFailed: Attempt | undefined): Promise<Response> {
  const { order, frame } = scene;
  const offered = order.modes.split(",");
  const ways = WAYS.filter((way) => offered.includes(way.instrument));
  return renderPage({
    title: `Pay ${rupees(order.amountPaisa)} to ${scene.merchantName}`,
    script: PAGE_SCRIPT,
    look: frame.framed ? "framed" : "plain",
    data: { ...frameData(frame), "expires-at-ms": String(order.expiresAtMs) },
    body: html`
      ${summary(scene)} ${lastFailed === undefined ? "" : failedNotice(lastFailed)}
      <form class="card" id="pay-form" method="post" action="/transact/choose">
        <input type="hidden" name="token" value="${order.pageToken}" />
        <input type="hidden" name="type" value="${frame.framed ? "IFRAME" : ""}" />
        <input type="hidden" name="parent" value="${frame.parentOrigin}" />
        <fieldset>
          <legend>Choose how to pay</legend>
          ${ways.map((way, index) => wayCard(way, index === 0))}
        </fieldset>
        <button class="primary" id="pay-now" name="outcome" value="auto">
          Pay ${rupees(order.amountPaisa)}
        </button>
      </form>
      <section class="card" aria-labelledby="controls-title">
        <h2 id="controls-title">Sandbox: decide how it ends</h2>
        <div class="controls">
          <button form="pay-form" class="good" id="pay-success" name="outcome" value="success">
            Pay successfully
          </button>
          <button form="pay-form" class="bad" id="pay-fail" name="outcome" value="fail">
            Fail this attempt
          </button>
          <button form="pay-form" class="wait" id="pay-pending" name="outcome" value="pending">
            Leave it pending
          </button>
          <button form="pay-form" class="plain" id="pay-cancel" name="outcome" value="abandon">
            Cancel
          </button>
        </div>
      </section>
      <p class="foot">A test page. Card data is neither asked for nor sent.</p>
    `,
  });
}

type Ending = {
  tone: "good" | "bad" | "wait" | "plain";
  sign: string;
  title: string;
  text: string;
};

/** The page of an order that has ended. */
export function endedView(scene: Scene): Promise<Response> {
  const { order } = scene;
  if (order.state === "COMPLETED") {
    return handBack(scene, "CONCLUDED", {
      tone: "good",
      sign: "✓",
      title: "Payment successful",
      text: `Paid to ${scene.merchantName}`,
    });
  }
  const expired = order.detailedErrorCode === "ORDER_EXPIRED";
  return handBack(scene, "CONCLUDED", {
    tone: "bad",
    sign: expired ? "⌛" : "✕",
    title: expired ? "This payment has expired" : "Payment failed",
    text: expired ? "Start again in the shop." : "No money was taken.",
  });
}

/** The payer left before paying; the order stays open. */
export function leftView(scene: Scene): Promise<Response> {
  return handBack(scene, "USER_CANCEL", {
    tone: "plain",
    sign: "←",
    title: "Payment cancelled",
    text: "No money was taken.",
  });
}

/** A pending attempt. Full screen the payer goes back to the shop; in the frame the page waits for the end. */
export function waitingView(scene: Scene): Promise<Response> {
  const ending: Ending = {
    tone: "wait",
    sign: "…",
    title: "Waiting for your bank",
    text: "This can take a minute. Do not pay again.",
  };
  if (!scene.frame.framed) return handBack(scene, "CONCLUDED", ending);
  const watch = `/transact/state?token=${scene.order.pageToken}`;
  return result(scene, ending, {
    data: { ...frameData(scene.frame), watch, result: "USER_CANCEL" },
    action: html`<a class="button" id="close-pending" data-leave href="#">Close</a>`,
  });
}

export function refusedView(reason: "blank-referrer" | "unknown"): Promise<Response> {
  const blank = reason === "blank-referrer";
  return renderPage({
    title: "This page cannot be opened",
    status: blank ? 403 : 404,
    body: html`<section class="card result">
      <div class="disc bad" aria-hidden="true">!</div>
      <h1>${blank ? "Open this page from the shop" : "No such payment"}</h1>
      <p class="muted">
        ${
          blank
            ? html`The browser did not say which site sent you here. A shop that opens this page
                needs the header <code>Referrer-Policy: strict-origin-when-cross-origin</code>;
                typed or copied addresses do not work.`
            : "The link is incomplete, or the sandbox was reset."
        }
      </p>
    </section>`,
  });
}

function handBack(scene: Scene, outcome: string, ending: Ending): Promise<Response> {
  const { order, merchantName, frame } = scene;
  const returnUrl = webUrl(order.redirectUrl);
  const refresh =
    frame.framed || returnUrl === ""
      ? undefined
      : html`<noscript><meta http-equiv="refresh" content="2;url=${returnUrl}" /></noscript>`;
  return result(scene, ending, {
    head: refresh,
    data: {
      ...frameData(frame),
      result: outcome,
      hurry: "yes",
      "return-url": returnUrl,
    },
    action:
      returnUrl === ""
        ? html``
        : html`<p class="muted">Taking you back to ${merchantName}…</p>
            <a class="button" id="return-to-merchant" data-leave href="${returnUrl}"
              >Return now</a
            >`,
  });
}

type Rest = Pick<Page, "data" | "head"> & { action: Page["body"] };

function result(scene: Scene, ending: Ending, rest: Rest): Promise<Response> {
  const { action, ...page } = rest;
  return renderPage({
    ...page,
    look: scene.frame.framed ? "framed" : "plain",
    title: ending.title,
    script: PAGE_SCRIPT,
    body: html`<section class="card result" role="status">
      <div class="disc ${ending.tone}" aria-hidden="true">${ending.sign}</div>
      <h1 id="result-title">${ending.title}</h1>
      <p class="amount">${rupees(scene.order.amountPaisa)}</p>
      <p class="muted">${ending.text}</p>
      <p class="muted">Order ${scene.order.merchantOrderId}</p>
      ${action}
    </section>`,
  });
}

function summary(scene: Scene): Page["body"] {
  const { order, merchantName } = scene;
  return html`<section class="card" aria-label="Your order">
    <div class="payee">
      <span class="avatar" aria-hidden="true">${merchantName.slice(0, 1).toUpperCase()}</span>
      <div>
        <h1>${merchantName}</h1>
        <p class="muted">${order.message === "" ? "asks you to pay" : order.message}</p>
      </div>
    </div>
    <p class="amount" id="amount">${rupees(order.amountPaisa)}</p>
    <dl class="facts">
      <dt>Order</dt>
      <dd>${order.merchantOrderId}</dd>
      <dt>Time left</dt>
      <dd><span id="time-left" role="timer">${clockTime(order.expiresAtMs)}</span></dd>
    </dl>
  </section>`;
}

const FAILURE_WORDS = new Map([
  ["INVALID_MPIN", "wrong UPI PIN"],
  ["AUTHENTICATION_FAILED", "the card’s bank could not confirm you"],
  ["TRANSACTION_DECLINED", "declined by the bank"],
]);

function failedNotice(attempt: Attempt): Page["body"] {
  const why = FAILURE_WORDS.get(attempt.errorCode) ?? "the bank could not process it";
  return html`<p class="notice" role="alert" id="attempt-failed">
    <strong>That attempt failed:</strong> ${why}. No money was taken. Try again or choose another
    way.
  </p>`;
}

type Way = { instrument: Instrument; name: string; hint: string; panel: Page["body"] };

const WAYS: Way[] = [
  {
    instrument: "UPI",
    name: "UPI",
    hint: "any UPI app",
    panel: html`<label for="vpa">UPI ID</label>
      <input
        id="vpa"
        name="vpa"
        value="success@ybl"
        maxlength="80"
        autocomplete="off"
        spellcheck="false"
      />
      <p>Test ids: <code>success@ybl</code>, <code>failed@ybl</code>, <code>pending@ybl</code></p>`,
  },
  {
    instrument: "CARD",
    name: "Card",
    hint: "credit or debit",
    panel: html`<label for="card">Test card</label>
      <select id="card" name="card">
        <option value="success">Visa credit ending 6667: approved</option>
        <option value="fail">Visa debit ending 0002: declined</option>
        <option value="pending">Visa debit ending 0119: bank is slow</option>
      </select>`,
  },
  {
    instrument: "NET_BANKING",
    name: "Net banking",
    hint: "all banks",
    panel: html`<label for="bank">Bank</label>
      <select id="bank" name="bank">
        <option value="success">State Bank (test)</option>
        <option value="fail">Unlucky Bank (test): declines</option>
        <option value="pending">Slow Bank (test): takes its time</option>
      </select>`,
  },
];

function wayCard(way: Way, chosen: boolean): Page["body"] {
  const id = `way-${way.instrument.toLowerCase().replaceAll("_", "-")}`;
  return html`<div class="way">
    <label for="${id}">
      <input
        type="radio"
        id="${id}"
        name="instrument"
        value="${way.instrument}"
        ${chosen ? "checked" : ""}
      />
      <span class="way-name">${way.name}</span><span class="way-hint">${way.hint}</span>
    </label>
    <div class="panel">${way.panel}</div>
  </div>`;
}

function frameData(frame: Frame): Record<string, string> {
  return { framed: frame.framed ? "yes" : "no", "parent-origin": frame.parentOrigin };
}

/** A return address must be a web page: lenient validation lets anything into the books. */
function webUrl(text: string): string {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : "";
}

function clockTime(expiresAtMs: number): string {
  const leftSec = Math.max(0, Math.ceil((expiresAtMs - Date.now()) / 1000));
  return `${Math.floor(leftSec / 60)}:${String(leftSec % 60).padStart(2, "0")}`;
}
