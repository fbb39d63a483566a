/** What a payment's alarm does when nobody is waiting: old answers go, then the payment, then its record. */
import { assert, errorMessage, type Log } from "#base";
import {
  type ArchiveContext,
  type ArchiveDeps,
  type ArchivePlace,
  archivePayment,
  placeOf,
} from "./archive.ts";
import { feedDueAtMs } from "./feed-store.ts";
import { nextDueAtMs } from "./machine.ts";
import type { Payment } from "./model.ts";
import { outboxDueAtMs } from "./outbox-store.ts";
import { earliest } from "./reconcile-schedule.ts";
import {
  enrolmentDueAtMs,
  loadResidence,
  type Residence,
  saveResidence,
} from "./residence-store.ts";
import { ANSWER_LIFE_MS, archiveAtMs, RETRY_MS } from "./retention.ts";
import { oldestAnswerAtMs, removeAnswers } from "./store.ts";

export interface HouseDeps extends ArchiveDeps {
  readonly log: Log;
  /** How long a payment at rest stays in its object. */
  readonly liveMs: number;
  /** Takes the payment off every list that names it: the ledger's, the payer's. */
  readonly forget: (place: ArchivePlace, customer: string | null) => Promise<void>;
}

export interface HouseContext extends ArchiveContext {
  readonly deps: HouseDeps;
  readonly payment: Payment | undefined;
  /** Whether nobody is in the middle of a call. */
  readonly isIdle: () => boolean;
  /** Sets the alarm, for the case that we die before the house is kept. */
  readonly wakeUpAt: (atMs: number) => void;
}

/** When a step, a notification, an event or the payer's list is due next; null for a payment at rest. */
export function workDueAtMs(storage: DurableObjectStorage, payment: Payment): number | null {
  const outwardMs = earliest(outboxDueAtMs(storage), feedDueAtMs(storage));
  return earliest(nextDueAtMs(payment), earliest(outwardMs, enrolmentDueAtMs(storage)));
}

/** When the house is due; null when it cannot be told yet, since the payment is not at rest. */
export function houseDueAtMs({
  storage,
  deps,
  payment,
}: Pick<HouseContext, "storage" | "payment"> & {
  readonly deps: Pick<HouseDeps, "liveMs">;
}): number | null {
  const residence = payment ? undefined : loadResidence(storage);
  if (!payment) return residence?.place === "archived" ? residence.remove_at_ms : null;
  const oldestMs = oldestAnswerAtMs(storage);
  const answersMs = oldestMs === null ? null : oldestMs + ANSWER_LIFE_MS;
  if (workDueAtMs(storage, payment) !== null) return answersMs;
  const wokenAtMs = wokenAt(loadResidence(storage));
  const { liveMs } = deps;
  const { updatedAtMs } = payment;
  return earliest(answersMs, archiveAtMs({ updatedAtMs, wokenAtMs, liveMs }));
}

function wokenAt(residence: Residence | undefined): number | null {
  return residence?.place === "woken" ? residence.since_ms : null;
}

export interface Kept {
  /** Whether the payment is somewhere else now. */
  readonly moved: boolean;
  /** When to try again what did not work out; null when there is nothing. */
  readonly againAtMs: number | null;
}

/** Does what is due. What does not work out is tried again after an hour: nothing is lost while it waits. */
export async function keepHouse(context: HouseContext): Promise<Kept> {
  const { deps } = context;
  try {
    const done = await doDue(context);
    return {
      moved: done === "moved",
      againAtMs: done === "later" ? deps.nowMs() + RETRY_MS : null,
    };
  } catch (error) {
    deps.log("warn", "housekeeping of a payment failed", { error: errorMessage(error) });
    return { moved: false, againAtMs: deps.nowMs() + RETRY_MS };
  }
}

async function doDue(context: HouseContext): Promise<"nothing" | "moved" | "later"> {
  const { storage, deps, payment } = context;
  const nowMs = deps.nowMs();
  if (payment) removeAnswers(storage, nowMs - ANSWER_LIFE_MS);
  const dueAtMs = houseDueAtMs(context);
  if (dueAtMs === null || dueAtMs > nowMs) return "nothing";
  // Whatever dies on the way comes back.
  context.wakeUpAt(nowMs + RETRY_MS);
  const moved = payment
    ? await archivePayment(context, context.isIdle)
    : await removeRecord(context);
  return moved ? "moved" : "later";
}

/** The end of all that is kept: the lists first, the record, then the row that knows of it. */
async function removeRecord({ storage, deps }: HouseContext): Promise<boolean> {
  const archived = loadResidence(storage);
  assert(archived?.place === "archived", "only an archived payment is removed");
  const place = placeOf(archived);
  await deps.forget(place, archived.customer);
  await deps.archive.remove(place);
  if (loadResidence(storage)?.place !== "archived") return false;
  saveResidence(storage, { place: "removed", since_ms: deps.nowMs() });
  return true;
}
