import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { razorpayAdmin } from "./admin.ts";
import { INTERNAL, NO_SUCH_URL, respond } from "./answers.ts";
import { razorpayApi } from "./api.ts";
import {
  nextDueMs,
  openRazorpayBooks,
  type RazorpayBooks,
  type RazorpayDue,
  takeDue,
} from "./books.ts";
import { expireLink } from "./links.ts";
import { razorpayPage } from "./page.ts";
import { endRefund } from "./refunds.ts";
import { readRazorpaySettings } from "./settings.ts";
import { claimRazorpayDelivery, type RazorpayDelivery, sendRazorpayDelivery } from "./webhooks.ts";

/** Razorpay: its one set of books, its API and pay page beside it, and the clockwork that ends and notifies. */
export class RazorpayObject extends DurableObject<Env> {
  readonly #books: RazorpayBooks;
  readonly #app: Hono;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#books = {
      sql: ctx.storage.sql,
      settings: readRazorpaySettings(env),
      nowMs: () => Date.now(),
      atomically: (work) => ctx.storage.transactionSync(work),
      wake: () => ctx.waitUntil(this.#armAlarm()),
    };
    openRazorpayBooks(this.#books);
    this.#app = createRazorpayApp(this.#books);
    this.#books.wake(); // work that a crash left without an alarm
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }

  /** Webhooks are not awaited: a receiver that hangs must not stop the clock. Their leases cover a crash. */
  override async alarm(): Promise<void> {
    for (const delivery of runDue(this.#books)) {
      this.ctx.waitUntil(sendRazorpayDelivery(this.#books, delivery));
    }
    await this.#armAlarm();
  }

  async #armAlarm(): Promise<void> {
    await Promise.resolve(); // after the transaction that asked for it
    const atMs = nextDueMs(this.#books);
    if (atMs !== undefined) await this.ctx.storage.setAlarm(atMs);
  }
}

function createRazorpayApp(books: RazorpayBooks): Hono {
  const app = new Hono();
  app.route("/razorpay/v1", razorpayApi(books));
  app.route("/razorpay/l", razorpayPage(books));
  app.route("/razorpay/admin", razorpayAdmin(books));
  app.notFound(() => respond(NO_SUCH_URL));
  app.onError((error) => {
    console.error(error);
    return respond(INTERNAL);
  });
  return app;
}

/** Does the work whose time has come, each with its removal in one transaction; returns the webhooks to send. */
function runDue(books: RazorpayBooks): RazorpayDelivery[] {
  const deliveries: RazorpayDelivery[] = [];
  for (;;) {
    const taken = books.atomically(() => {
      const due = takeDue(books);
      return due && { delivery: perform(books, due) };
    });
    if (taken === undefined) return deliveries;
    if (taken.delivery) deliveries.push(taken.delivery);
  }
}

function perform(books: RazorpayBooks, due: RazorpayDue): RazorpayDelivery | undefined {
  switch (due.kind) {
    case "link-expiry":
      expireLink(books, due.ref);
      return undefined;
    case "refund-end":
      endRefund(books, due.ref);
      return undefined;
    default:
      return claimRazorpayDelivery(books, Number(due.ref));
  }
}
