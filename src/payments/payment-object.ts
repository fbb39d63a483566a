/**
 * One Durable Object per merchant order: the shell around the machine. A method loads, decides (pure), writes
 * state, timeline, outbox and alarm in one transaction, and only then lets effects out; the output gate holds
 * them until the write is durable (I6). Between read and write nothing is awaited. What was cut off by a
 * crash is taken up by the one alarm.
 */
import { DurableObject } from "cloudflare:workers";
import { assert, errorMessage, MINUTE_MS, randomId } from "#base";
import { hasJustEnded, isAnotherOrder, isAnswerable, namedBy, replayOf } from "./answers.ts";
import { answerInitiate } from "./answer-initiate.ts";
import { answerRefundStatus, answerStatus } from "./answer-status.ts";
import { readPerson, wakePayment } from "./archive.ts";
import { backUpPayment, bringBack, type PaymentCopy, type RestoreAnswer } from "./backup.ts";
import type {
  AskRefundCommand,
  InitiateAnswer,
  InitiateCommand,
  RefundAnswer,
  RefundStatusAnswer,
  StatusAnswer,
  StatusCommand,
  WebhookAnswer,
  WebhookHint,
} from "./commands.ts";
import type { Effect, Step } from "./draft.ts";
import { erasePayment, keptOf } from "./erase.ts";
import { isUnreachable, performEffect } from "./effects.ts";
import { houseDueAtMs, keepHouse, workDueAtMs } from "./housekeeping.ts";
import { createPayment, type PaymentEvent, step } from "./machine.ts";
import type { Payment } from "./model.ts";
import { noteEnd } from "./note-end.ts";
import type { PaymentDeps } from "./payment-deps.ts";
import { type NewOutboxRow, replayOutboxRow } from "./outbox-store.ts";
import { type RequestIdentity, shownAttempt } from "./presenter.ts";
import { earliest } from "./reconcile-schedule.ts";
import { loadResidence, type Residence } from "./residence-store.ts";
import { sendDue } from "./send-due.ts";
import { outboxRowsOf } from "./settle-try.ts";
import type { Shell } from "./shell.ts";
import {
  createSchema,
  loadAnswer,
  loadPayment,
  loadTimeline,
  rememberWebhook,
  saveStep,
} from "./store.ts";
import { takeRefundCommand } from "./take-refund.ts";
import { takeTurn } from "./turns.ts";
import { openWaitingRoom, type WaitingRoom } from "./waiting-room.ts";

/** After an error of our own in the alarm: late is better than never. */
const ALARM_AGAIN_MS = MINUTE_MS;

export abstract class PaymentObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: PaymentDeps;
  #payment: Payment | undefined;
  #alarmAtMs: number | null = null;
  readonly #running = new Set<string>();
  #waiting: WaitingRoom | undefined;
  /** Where the payment is when it is not here. */
  #away: Residence | undefined;
  /** Calls that are in: while there are any the payment does not leave. */
  #visitors = 0;
  /** After a failed try: no sooner. */
  #houseNotBeforeMs = 0;
  /** An erasure that found the payment away. */
  #erasedAtMs: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#payment = loadPayment(ctx.storage);
    if (this.#payment) createSchema(ctx.storage); // tables that came later
    else this.#away = loadResidence(ctx.storage);
  }

  /** Lets a call in. A payment that is in the archive comes back first, so that the call meets it as it was. */
  async #visit<Answer>(work: () => Answer | Promise<Answer>): Promise<Answer> {
    this.#visitors += 1;
    try {
      if (this.#away) await this.#wake();
      return await work();
    } finally {
      this.#visitors -= 1;
    }
  }

  async #wake(): Promise<void> {
    if (this.#away?.place !== "archived") return;
    const woken = await wakePayment({ storage: this.ctx.storage, deps: this.deps }, this.#away);
    if (!woken) return; // Another call has brought it back.
    this.#payment = woken;
    this.#away = undefined;
    if (this.#erasedAtMs !== null) this.erase(this.#erasedAtMs);
    this.#setAlarm();
  }

  /** Places the order once, or tells what became of it (api.md 4; I9). */
  initiate(command: InitiateCommand): Promise<InitiateAnswer> {
    const key = command.keyHash === null ? null : `initiate/${command.keyHash}`;
    return this.#visit<InitiateAnswer>(() => {
      const stored = () => (key && this.#payment ? loadAnswer(this.ctx.storage, key) : undefined);
      // An id is used once and for ever, also when nothing is left of its payment (I9).
      const isOther = this.#payment && isAnotherOrder(this.#payment, command, stored());
      if (this.#away || isOther) {
        return { outcome: "conflict", body: "", replayed: false };
      }
      return takeTurn<InitiateAnswer>(this.#room(), this.#running, {
        key,
        budgetMs: this.deps.sameKeyBudgetMs,
        tooLate: () => ({ outcome: "in_progress", body: "", replayed: false }),
        work: async () => {
          const first = stored();
          if (first) return replayOf(first);
          const fresh = this.#begin(command);
          await this.#room().until(() => isAnswerable(this.#payment), this.deps.answerBudgetMs);
          return answerInitiate(this.#shell(), command, { key, fresh });
        },
      });
    });
  }

  /** Starts the payment, or a new try of one that no provider has seen; `false` when there was nothing to start. */
  #begin(command: InitiateCommand): boolean {
    if (this.#payment) {
      const before = this.#payment;
      void this.#apply({ type: "order_repeated" });
      return this.#payment !== before;
    }
    const { identity, keyHash: _, ...order } = command;
    const paymentId = randomId("pay");
    void this.#commit(createPayment({ ...order, paymentId }, this.deps.nowMs()), identity);
    return true;
  }

  /** The payment as it stands; with `refresh` the provider is asked first (api.md 4). */
  status(command: StatusCommand): Promise<StatusAnswer> {
    return this.#visit<StatusAnswer>(async () => {
      if (!this.#payment) return { outcome: "not_found" };
      if (command.refresh) {
        const reached = await this.#apply({ type: "refresh_requested" });
        if (!reached) return { outcome: "provider_timeout" };
      }
      return answerStatus(this.#shell(), command.identity);
    });
  }

  /** Takes on a refund once and lets it go its way (api.md 4; I3). */
  refund(command: AskRefundCommand): Promise<RefundAnswer> {
    const key = command.keyHash === null ? null : `refund/${command.keyHash}`;
    return this.#visit<RefundAnswer>(() => {
      if (!this.#payment) return { outcome: "payment_not_found" };
      return takeTurn<RefundAnswer>(this.#room(), this.#running, {
        key,
        budgetMs: this.deps.sameKeyBudgetMs,
        tooLate: () => ({ outcome: "in_progress" }),
        work: async () => {
          const stored = key ? loadAnswer(this.ctx.storage, key) : undefined;
          if (!stored) return takeRefundCommand(this.#shell(), this.deps, { command, key });
          const outcome = stored.outcome === "created" ? "created" : "existing";
          return { outcome, body: stored.body, replayed: true };
        },
      });
    });
  }

  /** One refund as it stands. */
  refundStatus(merchantRefundId: string, identity: RequestIdentity): Promise<RefundStatusAnswer> {
    return this.#visit(() => answerRefundStatus(this.#payment, merchantRefundId, identity));
  }

  /** Keeps a verified webhook and lets it make us ask; answers as soon as that is durable (I8, UAT-47). */
  webhook(hint: WebhookHint): Promise<WebhookAnswer> {
    return this.#visit(() => {
      const named = this.#payment && namedBy(this.#payment, hint);
      if (!named) return { matched: false, duplicate: false };
      const { storage } = this.ctx;
      const repeated = rememberWebhook(storage, hint.eventKey, this.deps.nowMs()) === "known";
      if (hint.decisive) void this.#apply({ ...named, repeated });
      return { matched: true, duplicate: repeated };
    });
  }

  override async alarm(): Promise<void> {
    this.#alarmAtMs = null;
    try {
      if (this.#payment) {
        // The effects are awaited, so that the runtime keeps the object until their answers are written.
        void sendDue({
          storage: this.ctx.storage,
          payment: this.#loaded(),
          deps: this.deps,
          changed: () => this.#setAlarm(),
          erase: (atMs) => this.erase(atMs),
        });
        await this.#apply({ type: "due" });
      }
      await this.#keepHouse();
      this.#setAlarm();
    } catch (error) {
      // Only a broken invariant gets here. The runtime gives up on an alarm after six failures; we do not.
      this.deps.log("error", "alarm failed", { error: errorMessage(error) });
      await this.ctx.storage.setAlarm(this.deps.nowMs() + ALARM_AGAIN_MS);
    }
  }

  /** Old answers, the way to the archive, the end of all. */
  async #keepHouse(): Promise<void> {
    const { storage } = this.ctx;
    const kept = await keepHouse({
      storage,
      deps: this.deps,
      payment: this.#payment,
      isIdle: () => this.#visitors === 0,
      wakeUpAt: (atMs) => this.#moveAlarm(atMs),
    });
    if (kept.againAtMs !== null) this.#houseNotBeforeMs = kept.againAtMs;
    if (!kept.moved) return;
    this.#payment = undefined;
    this.#away = loadResidence(storage);
  }

  /** Takes the payer out of what is stored here, for good. Of a payment in the archive the key's end has done it. */
  erase(atMs: number): { readonly place: "here" | "archive" | "nowhere" } {
    if (this.#away?.place === "archived") {
      this.#erasedAtMs = atMs;
      return { place: "archive" };
    }
    if (!this.#payment) return { place: "nowhere" };
    this.#payment = erasePayment(this.ctx.storage, this.#payment, atMs);
    this.#setAlarm();
    return { place: "here" };
  }

  /** What is held of the payer, as JSON, wherever the payment is; null when there is no payment (GDR-3). */
  exportPerson(): Promise<string | null> {
    return readPerson({ storage: this.ctx.storage, deps: this.deps }, this.#away);
  }

  /** One step of the machine and all that follows from it; `false` when a provider could not be reached. */
  #apply(event: PaymentEvent, by?: RequestIdentity): Promise<boolean> {
    return this.#commit(step(this.#loaded(), event, this.deps.nowMs()), by);
  }

  /** Writes a step, then starts its effects. The write is done when this returns; the promise is for the effects. */
  #commit(made: Step, by?: RequestIdentity): Promise<boolean> {
    const before = this.#payment;
    const next = { ...made, payment: keptOf(made.payment) };
    if (next.payment !== before) {
      this.ctx.storage.transactionSync(() => {
        // Not before: asking for a payment that is not there must leave nothing behind.
        if (!before) createSchema(this.ctx.storage);
        saveStep(this.ctx.storage, before, { step: next, outbox: this.#outbox(next), by });
      });
      this.#payment = next.payment;
      this.#setAlarm();
      this.#room().wake();
      if (hasJustEnded(before, next.payment))
        void noteEnd(this.ctx.storage, next.payment, this.deps);
    }
    return this.#runAll(next.effects);
  }

  #outbox(next: Step): NewOutboxRow[] {
    if (next.notifications.length === 0) return [];
    const timeline = [...loadTimeline(this.ctx.storage), ...next.entries];
    const checkout = this.#checkout(next.payment);
    return outboxRowsOf(next, { before: this.#payment, timeline, checkout });
  }

  /** An operator sends a parked notification again. */
  replayNotification(seq: number): Promise<{ readonly replayed: boolean }> {
    return this.#visit(() => {
      const { storage } = this.ctx;
      const replayed =
        this.#payment !== undefined && replayOutboxRow(storage, seq, this.deps.nowMs());
      if (replayed) this.#setAlarm();
      return { replayed };
    });
  }

  /** A sealed copy of the payment for the backup; null when it is not here. */
  async backup(): Promise<PaymentCopy | null> {
    return backUpPayment(this.ctx.storage, this.deps, this.#away);
  }

  /** Brings a copy back, if the object is empty; nothing is sent, the alarm asks. Twice does the same as once. */
  restore(copy: string): Promise<RestoreAnswer> {
    return this.#visit(async () => {
      const present = () => ({ payment: this.#payment, away: this.#away });
      const back = await bringBack(this.ctx.storage, this.deps, { copy, present });
      this.#payment = back.payment;
      this.#setAlarm();
      return back.answer;
    });
  }

  /** One alarm for all that is due; it is written together with the step that made it so. */
  #setAlarm(): void {
    const { storage } = this.ctx;
    const payment = this.#payment;
    const houseMs = houseDueAtMs({ storage, payment, deps: this.deps });
    const dueAtMs = earliest(
      payment ? workDueAtMs(storage, payment) : null,
      houseMs === null ? null : Math.max(houseMs, this.#houseNotBeforeMs),
    );
    this.#moveAlarm(dueAtMs);
  }

  #moveAlarm(atMs: number | null): void {
    if (atMs === this.#alarmAtMs) return;
    this.#alarmAtMs = atMs;
    if (atMs === null) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(atMs);
  }

  async #runAll(effects: readonly Effect[]): Promise<boolean> {
    const reached = await Promise.all(effects.map((effect) => this.#run(effect)));
    return reached.every(Boolean);
  }

  async #run(effect: Effect): Promise<boolean> {
    try {
      const event = await performEffect(effect, this.#loaded(), this.deps);
      const later = await this.#apply(event);
      return later && !isUnreachable(event);
    } catch (error) {
      // A provider's client does not throw and a claim is retried by the alarm: this is our own bug or an
      // object that is going away. Nothing is lost, since the intent of every effect has an alarm behind it.
      this.deps.log("error", "effect failed", { effect: effect.type, error: errorMessage(error) });
      return false;
    }
  }

  #checkout(payment = this.#loaded()) {
    const provider = shownAttempt(payment)?.provider ?? "phonepe";
    return { scriptUrl: this.deps.providerFor(payment.merchantId, provider).checkoutScriptUrl };
  }

  #shell(): Shell {
    const { nowMs, answerBudgetMs } = this.deps;
    return {
      storage: this.ctx.storage,
      nowMs,
      answerBudgetMs,
      room: this.#room(),
      loaded: () => this.#loaded(),
      checkout: () => this.#checkout(),
      apply: (event, by) => void this.#apply(event, by),
    };
  }

  #loaded(): Payment {
    assert(this.#payment !== undefined, "the payment is loaded");
    return this.#payment;
  }

  #room(): WaitingRoom {
    this.#waiting ??= openWaitingRoom(this.deps.nowMs);
    return this.#waiting;
  }
}
