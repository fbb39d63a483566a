/**
 * One per customer of a merchant (`<merchantId>/<SHA-256 of the merchant's id>`): the key that closes what is kept of
 * that person outside the payments' own objects, and the list of the person's payments. An erasure destroys the key
 * first and is then carried to every payment, until each has confirmed it (GDR-4).
 */
import { DurableObject } from "cloudflare:workers";
import {
  assert,
  type Clock,
  errorMessage,
  type Log,
  type MerchantId,
  type MerchantOrderId,
  MINUTE_MS,
} from "#base";
import { type Keyring, open, seal } from "#vault";
import {
  addPayment,
  createSchema,
  dueErasures,
  listPayments,
  loadPerson,
  removePayment,
  saveErasedUntil,
  saveErasure,
  saveKey,
} from "./customer-store.ts";
import { isClosedBy, makePersonalKey, openPersonalKey, paymentContext } from "./personal-key.ts";

export interface CustomerDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly keyring: Keyring;
  /** Takes the person out of a payment; safe to repeat. */
  readonly erasePayment: (
    payment: { readonly merchantId: MerchantId; readonly merchantOrderId: MerchantOrderId },
    atMs: number,
  ) => Promise<void>;
}

/** Whose object this is, and which payment it is about: an object does not know its own name. */
export interface CustomerPayment {
  readonly merchantId: MerchantId;
  readonly customer: string;
  readonly merchantOrderId: MerchantOrderId;
}

export interface Erasure {
  readonly erasedAtMs: number;
  /** Payments of the person when it was erased. */
  readonly payments: number;
  /** Of these, those that have not confirmed it; their copies are unreadable all the same. */
  readonly pending: number;
}

/** Payments that are told within the call; the alarm tells the others. */
const TOLD_AT_ONCE = 50;
const AGAIN_MS = MINUTE_MS;

/** The object's name: all routing to it goes through here. */
export function customerObjectName(merchantId: MerchantId, customer: string): string {
  return `${merchantId}/${customer}`;
}

export abstract class CustomerObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: CustomerDeps;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    createSchema(ctx.storage);
  }

  /** Puts a payment on the list. One that began before the erasure belongs to it, and is told so. */
  enrol(
    merchantOrderId: MerchantOrderId,
    createdAtMs: number,
  ): { readonly erasedAtMs: number | null } {
    const { erasedUntilMs } = loadPerson(this.ctx.storage);
    if (erasedUntilMs !== null && createdAtMs <= erasedUntilMs) {
      return { erasedAtMs: erasedUntilMs };
    }
    addPayment(this.ctx.storage, merchantOrderId, createdAtMs);
    return { erasedAtMs: null };
  }

  /** Closes a payment's personal part. Rejects for a payment whose erasure is still on its way. */
  async seal(payment: CustomerPayment, text: string): Promise<string> {
    const { storage } = this.ctx;
    if (!loadPerson(storage).key) {
      const made = await makePersonalKey(this.deps.keyring, payment);
      // Another call may have made one meanwhile: the first one counts.
      if (!loadPerson(storage).key) saveKey(storage, made);
    }
    const { key } = loadPerson(storage);
    if (!key) throw new Error("the person was erased meanwhile");
    const own = await openPersonalKey(this.deps.keyring, payment, key.sealed);
    const envelope = await seal(own, paymentContext(payment), text);
    const gone = loadPerson(storage).key?.id !== key.id;
    if (gone || dueErasures(storage).includes(payment.merchantOrderId)) {
      throw new Error("the payment is being erased");
    }
    return envelope;
  }

  /** Opens it, or says since when it is gone. Rejects when it should open and does not. */
  async open(
    payment: CustomerPayment,
    envelope: string,
  ): Promise<{ readonly text: string } | { readonly erasedAtMs: number }> {
    const { key, erasedAtMs } = loadPerson(this.ctx.storage);
    if (!key || !isClosedBy(envelope, key.id)) {
      if (erasedAtMs !== null) return { erasedAtMs };
      throw new Error("the person's key is missing");
    }
    const own = await openPersonalKey(this.deps.keyring, payment, key.sealed);
    const text = await open(own, paymentContext(payment), envelope);
    if (text === undefined) throw new Error("a personal envelope does not open");
    return { text };
  }

  /** The person's payments after one of them, in the order of their ids, and since when the person is erased. */
  page(
    after: string,
    limit: number,
  ): { readonly erasedAtMs: number | null; readonly payments: MerchantOrderId[] } {
    const { storage } = this.ctx;
    const { erasedAtMs } = loadPerson(storage);
    return { erasedAtMs, payments: listPayments(storage, after, limit) };
  }

  /**
   * Destroys the key, then tells every payment. Of somebody unknown only the time is kept: a payment that has not
   * been enrolled yet will ask. Repeating it changes nothing while no new payment has come.
   */
  async erase(merchantId: MerchantId): Promise<Erasure> {
    const { storage } = this.ctx;
    storage.transactionSync(() => {
      const { erasedAtMs, key } = loadPerson(storage);
      const isNews = erasedAtMs === null || key !== null || listPayments(storage, "", 1).length > 0;
      const nowMs = this.deps.nowMs();
      if (isNews) saveErasure(storage, merchantId, nowMs);
      saveErasedUntil(storage, nowMs);
    });
    await this.#setAlarm();
    await this.#tellPayments(TOLD_AT_ONCE);
    const { erasedAtMs, erasedPayments } = loadPerson(storage);
    assert(erasedAtMs !== null, "an erasure is written before it is told");
    return { erasedAtMs, payments: erasedPayments, pending: dueErasures(storage).length };
  }

  override async alarm(): Promise<void> {
    await this.#tellPayments(Number.MAX_SAFE_INTEGER);
    await this.#setAlarm();
  }

  async #setAlarm(): Promise<void> {
    const { storage } = this.ctx;
    if (dueErasures(storage).length === 0) return;
    await storage.setAlarm(this.deps.nowMs() + AGAIN_MS);
  }

  /** Tells the payments that have not confirmed; each is taken off the list by its own confirmation. */
  async #tellPayments(limit: number): Promise<void> {
    const { storage } = this.ctx;
    const { merchantId, erasedAtMs } = loadPerson(storage);
    if (merchantId === null || erasedAtMs === null) return;
    for (const merchantOrderId of dueErasures(storage).slice(0, limit)) {
      try {
        await this.deps.erasePayment({ merchantId, merchantOrderId }, erasedAtMs);
        removePayment(storage, merchantOrderId);
      } catch (error) {
        // It stays due: the alarm comes back for it.
        this.deps.log("warn", "erasure not carried to a payment", { error: errorMessage(error) });
      }
    }
  }

  /** A payment's record is at its end: nobody needs to find it any more. */
  forget(merchantOrderId: string): void {
    removePayment(this.ctx.storage, merchantOrderId);
  }
}
