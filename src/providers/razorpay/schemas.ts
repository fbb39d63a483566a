/**
 * Razorpay's answers. Lenient: enums stay open, unknown fields are let by; each field that we act on is required,
 * so that half an answer is no answer.
 */
import * as z from "zod";
import { once, readJson } from "#base";
import { ORDER_NOTE, REFUND_NOTE } from "./reference.ts";

/** Paisa as a number, or as a string of digits where an answer has them so. */
const paisa = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number),
]);
const text = z.string().max(256);
const epochSec = z.int().positive();

/** An empty set of notes is a list, a full one an object. */
export const notesSchema = once(() =>
  z
    .object({
      [ORDER_NOTE]: text.optional().catch(undefined),
      [REFUND_NOTE]: text.optional().catch(undefined),
    })
    .catch({}),
);

const linkPaymentSchema = once(() =>
  z.object({
    /** Goes into the path of the refund call, so nothing but an id will do. */
    payment_id: z.string().regex(/^pay_[A-Za-z0-9]{1,64}$/),
    status: text,
    amount: paisa.optional().catch(undefined),
    method: text.optional().catch(undefined),
    created_at: epochSec.optional().catch(undefined),
  }),
);
export type LinkPayment = z.infer<ReturnType<typeof linkPaymentSchema>>;

/** Null before anybody paid; one payment may come without the list around it. */
const linkPaymentsSchema = once(() =>
  z
    .union([
      z.array(z.unknown()),
      z.looseObject({ payment_id: z.unknown() }).transform((one): unknown[] => [one]),
    ])
    .catch([])
    .transform((list) => list.flatMap((one) => linkPaymentSchema().safeParse(one).data ?? [])),
);

export const linkSchema = once(() =>
  z.object({
    id: z.string().regex(/^plink_[A-Za-z0-9]{1,64}$/),
    reference_id: text,
    status: text,
    amount: paisa,
    amount_paid: paisa,
    currency: z.literal("INR"),
    /** 0 for a link without an end. */
    expire_by: z.int().min(0).optional().catch(undefined),
    notes: notesSchema().default({}),
    payments: linkPaymentsSchema().default([]),
  }),
);
export type Link = z.infer<ReturnType<typeof linkSchema>>;

/** What "create" must give back beside the link itself. */
export const createdLinkSchema = once(() =>
  z.object({
    id: text.min(1),
    reference_id: text,
    amount: paisa,
    short_url: z.url({ protocol: /^https?$/ }).max(4096),
    expire_by: epochSec.optional().catch(undefined),
  }),
);

/** Only the reference is read of every link: the one that is ours is parsed, others may be as they like. */
export const linkListSchema = once(() =>
  z.object({ payment_links: z.array(z.looseObject({ reference_id: z.string().nullish() })) }),
);

export const refundSchema = once(() =>
  z.object({
    id: z.string().regex(/^rfnd_[A-Za-z0-9]{1,64}$/),
    amount: paisa,
    status: text,
    receipt: z
      .string()
      .nullish()
      .transform((receipt) => receipt ?? undefined),
    notes: notesSchema().default({}),
  }),
);
export type Refund = z.infer<ReturnType<typeof refundSchema>>;

export const refundListSchema = once(() => z.object({ items: z.array(refundSchema()) }));

/** `{"error":{code, description, reason, …}}`; absent values are null or "NA". */
const errorSchema = once(() =>
  z.object({
    error: z.object({
      code: z.string().max(64).nullish().catch(undefined),
      description: z.string().nullish().catch(undefined),
      reason: z.string().max(64).nullish().catch(undefined),
    }),
  }),
);

export interface RazorpayError {
  /** What a merchant is told: the reason where there is one, or else the class of the error. */
  readonly code: string;
  readonly description: string;
}

const CODE = /^[A-Za-z0-9_]{3,64}$/;

export function errorOf(body: string): RazorpayError {
  const { error } = errorSchema().safeParse(readJson(body)).data ?? {};
  const code = [error?.reason, error?.code].find((one) => one && CODE.test(one));
  return { code: code ?? "", description: error?.description ?? "" };
}
