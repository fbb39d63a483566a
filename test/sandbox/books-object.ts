import { DurableObject } from "cloudflare:workers";
import { createSandboxApp } from "./app.ts";
import { type Books, earliestDueMs } from "./books/books.ts";
import { runDue } from "./books/clockwork.ts";
import { openBooks } from "./books/reset.ts";
import { sendDelivery } from "./books/webhooks.ts";
import { readSettings } from "./settings.ts";

const OFFSET = "clockOffsetMs";

/** The provider's one set of books, its API beside it, and the clockwork that settles, expires, refunds and notifies. */
export class BooksObject extends DurableObject<Env> {
  readonly #books: Books;
  readonly #app: ReturnType<typeof createSandboxApp>;
  #offsetMs: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#offsetMs = ctx.storage.kv.get<number>(OFFSET) ?? 0;
    this.#books = {
      sql: ctx.storage.sql,
      settings: readSettings(env),
      nowMs: () => Date.now() + this.#offsetMs,
      setClock: (offsetMs) => this.#setClock(offsetMs),
      atomically: (work) => ctx.storage.transactionSync(work),
      wake: () => ctx.waitUntil(this.#armAlarm()),
    };
    openBooks(this.#books);
    this.#app = createSandboxApp(this.#books);
    this.#books.wake(); // work that a crash left without an alarm
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }

  /** Webhooks are not awaited: a receiver that hangs must not stop the clock. Their leases cover a crash. */
  override async alarm(): Promise<void> {
    for (const delivery of runDue(this.#books)) {
      this.ctx.waitUntil(sendDelivery(this.#books, delivery));
    }
    await this.#armAlarm();
  }

  async #armAlarm(): Promise<void> {
    await Promise.resolve(); // after the transaction that asked for it
    const atMs = earliestDueMs(this.#books);
    if (atMs !== undefined) await this.ctx.storage.setAlarm(atMs - this.#offsetMs);
  }

  async #setClock(offsetMs: number): Promise<void> {
    this.#offsetMs = offsetMs;
    this.ctx.storage.kv.put(OFFSET, offsetMs);
    await this.alarm();
  }
}
