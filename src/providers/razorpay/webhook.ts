/**
 * Reads a Razorpay webhook whose signature holds already. It is a hint (I4): ids and state are read, nothing else.
 * Links, payments and refunds that the merchant made past us carry no id of ours; they are kept, not acted on, and
 * never refused, since Razorpay switches a webhook off that is refused for a day.
 */
import * as z from "zod";
import { ok, once, refused, type Result } from "#base";
import type { ProviderWebhook } from "#payments";
import { ORDER_NOTE, REFUND_NOTE } from "./reference.ts";
import { notesSchema } from "./schemas.ts";

const loose = z.string().max(128).nullish().catch(undefined);

const entitySchema = once(() =>
  z.object({
    entity: z.object({
      id: z.string().min(1).max(128),
      status: z.string().min(1).max(64),
      reference_id: loose,
      receipt: loose,
      notes: notesSchema().default({}),
    }),
  }),
);
const payloadSchema = once(() =>
  z.object({
    payment_link: entitySchema().optional().catch(undefined),
    payment: entitySchema().optional().catch(undefined),
    refund: entitySchema().optional().catch(undefined),
  }),
);
const bodySchema = once(() =>
  z.object({ event: z.string().max(128), payload: payloadSchema().catch({}) }),
);
type Payload = z.infer<ReturnType<typeof payloadSchema>>;
type Entity = z.infer<ReturnType<typeof entitySchema>>["entity"];

interface EventRow {
  readonly about: "payment_link" | "payment" | "refund";
  /** It speaks of an end; a failed payment is not the link's, and a part of the money is not all. */
  readonly decisive: boolean;
}

const EVENTS: ReadonlyMap<string, EventRow> = new Map([
  ["payment_link.paid", { about: "payment_link", decisive: true }],
  ["payment_link.expired", { about: "payment_link", decisive: true }],
  ["payment_link.cancelled", { about: "payment_link", decisive: true }],
  ["payment_link.partially_paid", { about: "payment_link", decisive: false }],
  ["payment.captured", { about: "payment", decisive: true }],
  ["payment.failed", { about: "payment", decisive: false }],
  ["refund.created", { about: "refund", decisive: false }],
  ["refund.processed", { about: "refund", decisive: true }],
  ["refund.failed", { about: "refund", decisive: true }],
]);

/** Refused: a known event without the thing that it is about. */
export function readRazorpayWebhook(body: unknown): Result<ProviderWebhook, "fields_missing"> {
  const parsed = bodySchema().safeParse(body);
  if (!parsed.success) return refused("fields_missing");
  const { event, payload } = parsed.data;
  const row = EVENTS.get(event);
  if (!row) return ok({ event, state: "", subject: { kind: "other" }, decisive: false });
  const entity = payload[row.about]?.entity;
  if (!entity) return refused("fields_missing");
  const subject = subjectOf(row.about, entity, payload);
  const decisive = row.decisive && subject.kind !== "other";
  return ok({ event, state: entity.status, subject, decisive });
}

function subjectOf(
  about: EventRow["about"],
  entity: Entity,
  payload: Payload,
): ProviderWebhook["subject"] {
  const { notes } = entity;
  const providerOrderId = notes[ORDER_NOTE] ?? entity.reference_id ?? orderNoteOf(payload);
  if (!providerOrderId) return { kind: "other" };
  if (about !== "refund") return { kind: "order", providerOrderId };
  return {
    kind: "refund",
    providerOrderId,
    merchantRefundId: notes[REFUND_NOTE] ?? entity.receipt ?? null,
    providerRefundId: entity.id,
  };
}

/** A refund made on Razorpay's pages has no notes of ours, its payment has. */
function orderNoteOf({ payment }: Payload): string | undefined {
  return payment?.entity.notes[ORDER_NOTE];
}
