/** PhonePe's answers (contract.md 2 to 7). Lenient: enums stay open, unknown fields are let by (UAT-32). */
import * as z from "zod";
import { once, readJson } from "#base";

/** Paisa as a number, or as a string of digits as one docs table has it (contract.md 4.2). */
const paisa = z.union([
  z.int(),
  z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number),
]);
const text = z.string().max(256);
const optionalText = text.optional().catch(undefined);
const epochMs = z.int().positive();

export const tokenAnswerSchema = once(() =>
  z.object({
    access_token: z.string().min(1),
    token_type: z.string().default("O-Bearer"),
    issued_at: z.int().nullish(),
    expires_at: z.int(),
  }),
);

export const payAnswerSchema = once(() =>
  z.object({
    orderId: text.min(1),
    redirectUrl: z.url().max(4096),
    expireAt: epochMs.optional().catch(undefined),
  }),
);

const attemptDetailSchema = once(() =>
  z
    .object({
      transactionId: optionalText,
      paymentMode: optionalText,
      timestamp: epochMs.optional().catch(undefined),
      amount: paisa.optional().catch(undefined),
      payableAmount: paisa.optional().catch(undefined),
      feeAmount: paisa.optional().catch(undefined),
      state: optionalText,
      errorCode: optionalText,
      detailedErrorCode: optionalText,
      rail: z.record(z.string(), z.unknown()).optional().catch(undefined),
      instrument: z.record(z.string(), z.unknown()).optional().catch(undefined),
      splitInstruments: z
        .array(
          z.object({
            amount: paisa.optional().catch(undefined),
            rail: z.record(z.string(), z.unknown()).optional().catch(undefined),
            instrument: z.record(z.string(), z.unknown()).optional().catch(undefined),
          }),
        )
        .max(20)
        .optional()
        .catch(undefined),
    })
    .catch({}),
);
export type AttemptDetail = z.infer<ReturnType<typeof attemptDetailSchema>>;

export const orderStatusSchema = once(() =>
  z.object({
    orderId: text.min(1),
    merchantOrderId: text.nullish().transform((id) => id ?? undefined),
    state: text,
    amount: paisa,
    expireAt: epochMs.optional().catch(undefined),
    errorCode: optionalText,
    detailedErrorCode: optionalText,
    paymentDetails: z.array(attemptDetailSchema()).catch([]).default([]),
  }),
);

export const refundAnswerSchema = once(() => z.object({ refundId: text.min(1) }));

export const refundStatusSchema = once(() =>
  z.object({
    merchantRefundId: optionalText,
    originalMerchantOrderId: optionalText,
    refundId: optionalText,
    amount: paisa,
    state: text,
    errorCode: optionalText,
  }),
);

/** The error envelope in its many shapes (contract.md 7.1); what does not fit is an error without a code. */
const errorSchema = once(() =>
  z.object({
    code: z.union([z.string(), z.number()]).optional().catch(undefined),
    errorCode: z.string().optional().catch(undefined),
  }),
);

/** The code of an error body, as the SDKs read it: `errorCode` or else `code` (contract.md 7.1). */
export function errorCodeOf(body: string): string {
  const parsed = errorSchema().safeParse(readJson(body));
  if (!parsed.success) return "";
  return String(parsed.data.errorCode ?? parsed.data.code ?? "").slice(0, 64);
}
