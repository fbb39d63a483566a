/**
 * One Durable Object per merchant order: the shell around the machine. A method loads, decides (pure), writes
 * state, timeline, outbox and alarm in one transaction, and only then lets effects out; the output gate holds
 * them until the write is durable (I6). Between read and write nothing is awaited. What was cut off by a
 * crash is taken up by the one alarm.
 */
import { DurableObject } from "cloudflare:workers";
import { assert, errorMessage, MINUTE_MS, randomId } from "#base";
import {
  hasJustEnded,
  isAnswerable,
  isRefundUnderWay,
  outcomeOf,
  refundHinted,
  replayOf,
} from "./answers.ts";
import {
  backUpPayment,
  finishReturn,
  type PaymentCopy,
  prepareReturn,
  type RestoreAnswer,
} from "./backup.ts";
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
import { type Effect, findRefund, refundOf, type Step } from "./draft.ts";
import { feedDueAtMs } from "./feed-store.ts";
import { claimName, isUnreachable, performEffect } from "./effects.ts";
import { createPayment, nextDueAtMs, type PaymentEvent, step } from "./machine.ts";
import type { Payment } from "./model.ts";
import { noteEnd } from "./note-end.ts";
import type { PaymentDeps } from "./payment-deps.ts";
import { type NewOutboxRow, outboxDueAtMs, replayOutboxRow } from "./outbox-store.ts";
import {
  paymentView,
  refundAnswerView,
  type RequestIdentity,
  shownAttempt,
  statusView,
} from "./presenter.ts";
import { earliest } from "./reconcile-schedule.ts";
import { checkRefund } from "./refund-rules.ts";
import { sendDue } from "./send-due.ts";
import { outboxRowsOf } from "./settle-try.ts";
import {
  createSchema,
  loadAnswer,
  loadPayment,
  loadTimeline,
  rememberWebhook,
  saveAnswer,
  saveStep,
} from "./store.ts";
import { openWaitingRoom, type WaitingRoom } from "./waiting-room.ts";

/** After an error of our own in the alarm: late is better than never. */
const ALARM_AGAIN_MS = MINUTE_MS;

export abstract class PaymentObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: PaymentDeps;
  #payment: Payment | undefined;
  #alarmAtMs: number | null = null;
  readonly #running = new Set<string>();
  #waiting: WaitingRoom | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#payment = loadPayment(ctx.storage);
    if (this.#payment) createSchema(ctx.storage); // tables that came later
  }

  /** Places the order once, or tells what became of it (api.md 4; I9). */
  async initiate(command: InitiateCommand): Promise<InitiateAnswer> {
    if (this.#payment && this.#payment.contentHash !== command.contentHash) {
      return { outcome: "conflict", body: "", replayed: false };
    }
    const key = command.keyHash === null ? null : `initiate/${command.keyHash}`;
    return this.#oneAtATime(
      key,
      () => ({ outcome: "in_progress", body: "", replayed: false }),
      async () => {
        const stored = key && this.#payment ? loadAnswer(this.ctx.storage, key) : undefined;
        if (stored) return replayOf(stored);
        const fresh = this.#begin(command);
        await this.#room().until(() => isAnswerable(this.#payment), this.deps.answerBudgetMs);
        return this.#answerInitiate(command, { key, fresh });
      },
    );
  }

  /** Lets one call per idempotency key in at a time; the others wait for it, then find its answer (I9). */
  async #oneAtATime<Answer>(
    key: string | null,
    tooLate: () => Answer,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    if (key === null) return work();
    // Looked for and taken in one synchronous step, so that two waiters never both get in.
    const take = () => !this.#running.has(key) && this.#running.add(key).has(key);
    if (!(await this.#room().until(take, this.deps.sameKeyBudgetMs))) return tooLate();
    try {
      return await work();
    } finally {
      this.#running.delete(key);
      this.#room().wake();
    }
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

  #answerInitiate(
    command: InitiateCommand,
    { key, fresh }: { readonly key: string | null; readonly fresh: boolean },
  ): InitiateAnswer {
    const now = outcomeOf(this.#loaded());
    if (now === "initiating") void this.#apply({ type: "caller_told_to_wait" });
    const payment = this.#loaded();
    const outcome = fresh || now === "unavailable" ? now : "existing";
    const refusal = outcome === "blocked" || outcome === "rejected" || outcome === "unavailable";
    const body = refusal
      ? command.identity.requestId
      : JSON.stringify(paymentView(payment, command.identity, this.#checkout()));
    // "Unavailable" is no result: the same key may try again (api.md 2).
    if (key && outcome !== "unavailable") {
      saveAnswer(this.ctx.storage, key, { outcome, body, atMs: this.deps.nowMs() });
    }
    return { outcome, body, replayed: false };
  }

  /** The payment as it stands; with `refresh` the provider is asked first (api.md 4). */
  async status(command: StatusCommand): Promise<StatusAnswer> {
    if (!this.#payment) return { outcome: "not_found" };
    if (command.refresh) {
      const reached = await this.#apply({ type: "refresh_requested" });
      if (!reached) return { outcome: "provider_timeout" };
    }
    const context = { identity: command.identity, checkout: this.#checkout() };
    const view = statusView(this.#loaded(), loadTimeline(this.ctx.storage), context);
    return { outcome: "found", body: JSON.stringify(view) };
  }

  /** Takes on a refund once and lets it go its way (api.md 4; I3). */
  async refund(command: AskRefundCommand): Promise<RefundAnswer> {
    if (!this.#payment) return { outcome: "payment_not_found" };
    const key = command.keyHash === null ? null : `refund/${command.keyHash}`;
    return this.#oneAtATime<RefundAnswer>(
      key,
      () => ({ outcome: "in_progress" }),
      async () => {
        const stored = key ? loadAnswer(this.ctx.storage, key) : undefined;
        if (!stored) return this.#takeRefund(command, key);
        const outcome = stored.outcome === "created" ? "created" : "existing";
        return { outcome, body: stored.body, replayed: true };
      },
    );
  }

  async #takeRefund(command: AskRefundCommand, key: string | null): Promise<RefundAnswer> {
    const { merchantRefundId, amountPaisa, reason } = command;
    const request = { merchantRefundId, amountPaisa, reason };
    const before = checkRefund(this.#loaded(), request);
    if (before.ok && before.value === "new") {
      // A refund id is the merchant's once and for ever, whichever payment it is for (contract.md 5.1).
      const name = claimName(command.merchantId, "refund", merchantRefundId);
      const owner = await this.deps.claim(name, command.merchantOrderId);
      if (owner !== command.merchantOrderId) return { outcome: "id_taken" };
    }
    // The claim was awaited: decide again on what is true now.
    const checked = checkRefund(this.#loaded(), request);
    if (!checked.ok) {
      const { refusal } = checked;
      return refusal.reason === "exceeds_captured"
        ? { outcome: "exceeds_captured", refundablePaisa: refusal.refundablePaisa }
        : { outcome: refusal.reason };
    }
    if (checked.value === "new") {
      void this.#apply({ type: "refund_taken", request }, command.identity);
    }
    await this.#room().until(
      () => !isRefundUnderWay(this.#payment, merchantRefundId),
      this.deps.answerBudgetMs,
    );
    const payment = this.#loaded();
    const refund = refundOf(payment, merchantRefundId);
    const body = JSON.stringify(refundAnswerView(payment, refund, command.identity));
    const outcome = checked.value === "new" ? "created" : "existing";
    if (key) saveAnswer(this.ctx.storage, key, { outcome, body, atMs: this.deps.nowMs() });
    return { outcome, body, replayed: false };
  }

  /** One refund as it stands. */
  refundStatus(merchantRefundId: string, identity: RequestIdentity): RefundStatusAnswer {
    const refund = this.#payment && findRefund(this.#payment, merchantRefundId);
    if (!this.#payment || !refund) return { outcome: "not_found" };
    const body = JSON.stringify(refundAnswerView(this.#payment, refund, identity));
    return { outcome: "found", body };
  }

  /** Keeps a verified webhook and lets it make us ask; answers as soon as that is durable (I8, UAT-47). */
  webhook(hint: WebhookHint): WebhookAnswer {
    const payment = this.#payment;
    const attempt = payment?.attempts.find((one) => one.providerOrderId === hint.providerOrderId);
    if (!payment || !attempt) return { matched: false, duplicate: false };
    const refund = hint.refund === null ? undefined : refundHinted(payment, hint.refund);
    if (hint.refund !== null && !refund) return { matched: false, duplicate: false };
    const { storage } = this.ctx;
    const repeated = rememberWebhook(storage, hint.eventKey, this.deps.nowMs()) === "known";
    if (hint.decisive) {
      void this.#apply(
        refund
          ? { type: "refund_hinted", merchantRefundId: refund.merchantRefundId, repeated }
          : { type: "order_hinted", n: attempt.n, repeated },
      );
    }
    return { matched: true, duplicate: repeated };
  }

  override async alarm(): Promise<void> {
    this.#alarmAtMs = null;
    if (!this.#payment) return;
    try {
      // The effects are awaited, so that the runtime keeps the object until their answers are written.
      void sendDue({
        storage: this.ctx.storage,
        payment: this.#loaded(),
        deps: this.deps,
        changed: () => this.#setAlarm(),
      });
      await this.#apply({ type: "due" });
      this.#setAlarm();
    } catch (error) {
      // Only a broken invariant gets here. The runtime gives up on an alarm after six failures; we do not.
      this.deps.log("error", "alarm failed", { error: errorMessage(error) });
      await this.ctx.storage.setAlarm(this.deps.nowMs() + ALARM_AGAIN_MS);
    }
  }

  /** One step of the machine and all that follows from it; `false` when a provider could not be reached. */
  #apply(event: PaymentEvent, by?: RequestIdentity): Promise<boolean> {
    return this.#commit(step(this.#loaded(), event, this.deps.nowMs()), by);
  }

  /** Writes a step, then starts its effects. The write is done when this returns; the promise is for the effects. */
  #commit(next: Step, by?: RequestIdentity): Promise<boolean> {
    const before = this.#payment;
    if (next.payment !== before) {
      this.ctx.storage.transactionSync(() => {
        // Not before: asking for a payment that is not there must leave nothing behind.
        if (!before) createSchema(this.ctx.storage);
        saveStep(this.ctx.storage, before, { step: next, outbox: this.#outbox(next), by });
      });
      this.#payment = next.payment;
      this.#setAlarm();
      this.#room().wake();
      if (hasJustEnded(before, next.payment)) void noteEnd(this.ctx, this.deps, next.payment);
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
  replayNotification(seq: number): { readonly replayed: boolean } {
    const { storage } = this.ctx;
    const replayed =
      this.#payment !== undefined && replayOutboxRow(storage, seq, this.deps.nowMs());
    if (replayed) this.#setAlarm();
    return { replayed };
  }

  /** A sealed copy of the payment for the backup; null when it is not here. */
  async backup(): Promise<PaymentCopy | null> {
    return backUpPayment(this.ctx.storage, this.deps);
  }

  /** Brings a copy back, if the object is empty; nothing is sent, the alarm asks. Twice does the same as once. */
  async restore(copy: string): Promise<RestoreAnswer> {
    const returning = await prepareReturn(copy, this.deps);
    const back = finishReturn(this.ctx.storage, returning, this.#payment);
    this.#payment = back.payment;
    this.#setAlarm();
    return back.answer;
  }

  /** One alarm for all that is due; it is written together with the step that made it so. */
  #setAlarm(): void {
    if (!this.#payment) return;
    const { storage } = this.ctx;
    const outwardMs = earliest(outboxDueAtMs(storage), feedDueAtMs(storage));
    const dueAtMs = earliest(nextDueAtMs(this.#payment), outwardMs);
    if (dueAtMs === this.#alarmAtMs) return;
    this.#alarmAtMs = dueAtMs;
    if (dueAtMs === null) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(dueAtMs);
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

  #loaded(): Payment {
    assert(this.#payment !== undefined, "the payment is loaded");
    return this.#payment;
  }

  #room(): WaitingRoom {
    this.#waiting ??= openWaitingRoom(this.deps.nowMs);
    return this.#waiting;
  }
}
