/**
 * One per customer of a merchant (`<merchantId>/<SHA-256 of the merchant's id>`): the key that closes what is kept of
 * that person outside the payments' own objects, and the list of the person's payments. An erasure destroys the key
 * first and is then carried to every payment, until each has confirmed it (GDR-4).
 */
import { DurableObject } from "cloudflare:workers";
import {
  assert,
  type AuditEvent,
  type ChangedBy,
  type Clock,
  errorMessage,
  type Log,
  type MerchantId,
  merchantIdSchema,
  type MerchantOrderId,
  MINUTE_MS,
} from "#base";
import { auditOutbox } from "#base-objects";
import { type Keyring, open, type RecordKeyrings, seal } from "#vault";
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
import { loadOrAdopt, type PersonCopies, writeCopy } from "./person-copy.ts";
import { isClosedBy, makePersonalKey, openPersonalKey, paymentContext } from "./personal-key.ts";

export interface CustomerDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly recordKeys: RecordKeyrings;
  /** The file of the person of that name (`customerObjectName`). */
  readonly copiesOf: (name: string) => PersonCopies;
  /** Brings events to the merchant's audit log; resolves when they are durable there (I7). */
  readonly audit: (merchantId: MerchantId, events: readonly AuditEvent[]) => Promise<void>;
  /** Takes the person out of what risk knows; safe to repeat. */
  readonly forgetProfile: (person: CustomerIdentity) => Promise<void>;
  /** Takes the person out of a payment; safe to repeat. */
  readonly erasePayment: (
    payment: { readonly merchantId: MerchantId; readonly merchantOrderId: MerchantOrderId },
    atMs: number,
  ) => Promise<void>;
}

/** Whose object this is: it does not know its own name. */
export interface CustomerIdentity {
  readonly merchantId: MerchantId;
  readonly customer: string;
}

export interface CustomerPayment extends CustomerIdentity {
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
  readonly #audit = auditOutbox(this.ctx.storage);
  #copying: Promise<void> = Promise.resolve();

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
    const { key: known } = await loadOrAdopt(storage, this.#copies());
    if (!known) {
      const keyring = await this.deps.recordKeys.newest(payment.merchantId);
      const made = await makePersonalKey(keyring, payment);
      // Another call may have made one meanwhile: the first one counts.
      if (!loadPerson(storage).key) saveKey(storage, made);
    }
    // A restore must open what is closed with it.
    await this.#keepCopy();
    const { key } = loadPerson(storage);
    if (!key) throw new Error("the person was erased meanwhile");
    const own = await this.#openKey(payment, key.sealed);
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
    const { key, erasedAtMs } = await loadOrAdopt(this.ctx.storage, this.#copies());
    if (!key || !isClosedBy(envelope, key.id)) {
      if (erasedAtMs !== null) return { erasedAtMs };
      throw new Error("the person's key is missing");
    }
    const own = await this.#openKey(payment, key.sealed);
    const text = await open(own, paymentContext(payment), envelope);
    if (text === undefined) throw new Error("a personal envelope does not open");
    return { text };
  }

  #copies(): PersonCopies {
    const { name } = this.ctx.id;
    assert(name !== undefined, "a customer's object is reached by name");
    return this.deps.copiesOf(name);
  }

  /** One write at a time, so that an older state never comes last. */
  #keepCopy(): Promise<void> {
    const write = () => writeCopy(this.ctx.storage, this.#copies());
    this.#copying = this.#copying.then(write, write);
    return this.#copying;
  }

  async #openKey(payment: CustomerPayment, sealed: string): Promise<Keyring> {
    const keyring = await this.deps.recordKeys.for(payment.merchantId, sealed);
    return openPersonalKey(keyring, payment, sealed);
  }

  /**
   * The person's payments after one of them, in the order of their ids, and since when the person is erased. That
   * somebody looked stands in the audit log (PCI-10.2.1.1), once for all pages.
   */
  async export(
    person: CustomerIdentity,
    { after, limit }: { readonly after: string; readonly limit: number },
    by: ChangedBy,
  ): Promise<{ readonly erasedAtMs: number | null; readonly payments: MerchantOrderId[] }> {
    const { storage } = this.ctx;
    if (after === "") {
      this.#note(person, "customer.exported", by);
      await storage.setAlarm(this.deps.nowMs());
    }
    const { erasedAtMs } = await loadOrAdopt(storage, this.#copies());
    return { erasedAtMs, payments: listPayments(storage, after, limit) };
  }

  #note({ merchantId, customer }: CustomerIdentity, action: string, by: ChangedBy): void {
    this.#audit.write({
      atMs: this.deps.nowMs(),
      by,
      action,
      object: { type: "customer", id: customer },
      details: { merchantId },
    });
  }

  /**
   * Destroys the key, here and in its copy, and tells every payment. Rejects while the copy still holds the key or risk its profile. Of
   * somebody unknown only the time is kept: a payment that has not been enrolled yet will ask. Repeating it changes
   * nothing while no new payment has come.
   */
  async erase(person: CustomerIdentity, by: ChangedBy): Promise<Erasure> {
    const { storage } = this.ctx;
    const { merchantId } = person;
    storage.transactionSync(() => {
      const { erasedAtMs, key } = loadPerson(storage);
      const isNews = erasedAtMs === null || key !== null || listPayments(storage, "", 1).length > 0;
      const nowMs = this.deps.nowMs();
      if (isNews) saveErasure(storage, merchantId, nowMs);
      saveErasedUntil(storage, nowMs);
      this.#note(person, "customer.erased", by);
    });
    await this.#setAlarm();
    await Promise.all([
      this.#keepCopy(),
      this.deps.forgetProfile(person),
      this.#tellPayments(TOLD_AT_ONCE),
      this.#deliverAudit(),
    ]);
    const { erasedAtMs, erasedPayments } = loadPerson(storage);
    assert(erasedAtMs !== null, "an erasure is written before it is told");
    return { erasedAtMs, payments: erasedPayments, pending: dueErasures(storage).length };
  }

  override async alarm(): Promise<void> {
    const { log } = this.deps;
    const copied = this.#keepCopy().catch((error: unknown) => {
      log("warn", "copy of a customer's key not written", { error: errorMessage(error) });
    });
    await Promise.all([copied, this.#tellPayments(Number.MAX_SAFE_INTEGER), this.#deliverAudit()]);
    await this.#setAlarm();
  }

  async #setAlarm(): Promise<void> {
    const { storage } = this.ctx;
    const againAtMs = this.deps.nowMs() + AGAIN_MS;
    const auditAtMs = this.#audit.nextAtMs();
    const times = [
      ...(dueErasures(storage).length > 0 || loadPerson(storage).copyDue > 0 ? [againAtMs] : []),
      ...(auditAtMs === null ? [] : [Math.max(auditAtMs, againAtMs)]),
    ];
    if (times.length > 0) await storage.setAlarm(Math.min(...times));
  }

  #deliverAudit(): Promise<void> {
    const { audit, log, nowMs } = this.deps;
    const send = async (events: readonly AuditEvent[]) => {
      const [first] = events;
      // An object is one merchant's.
      if (first) await audit(merchantIdSchema.parse(first.details["merchantId"]), events);
    };
    return this.#audit.deliver(send, { nowMs, log, about: { object: "customer" } });
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
  async forget(merchantOrderId: string): Promise<void> {
    removePayment(this.ctx.storage, merchantOrderId);
    await this.#setAlarm();
  }
}
