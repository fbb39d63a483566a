import * as z from "zod";
import { INSTRUMENTS } from "../books/instruments.ts";
import { OUTCOMES } from "../books/orders.ts";
import { switchesPatchSchema } from "../switches.ts";

/** What the admin API accepts. Unknown fields are refused, so that a misspelt one does not pass in silence. */

export const settleSchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  instrument: z.enum(INSTRUMENTS).default("UPI"),
  errorCode: z.string().min(1).optional(),
  detailedErrorCode: z.string().min(1).optional(),
});

export const settleRefundSchema = z.strictObject({
  state: z.enum(["CONFIRMED", "COMPLETED", "FAILED"]),
  errorCode: z.string().min(1).optional(),
  detailedErrorCode: z.string().min(1).optional(),
});

export const switchesBodySchema = z.strictObject({
  merchantId: z.string().optional(),
  merchantOrderId: z.string().optional(),
  switches: switchesPatchSchema.default({}),
  reset: z.boolean().default(false),
  revokeTokens: z.boolean().default(false),
});

export const clockSchema = z.strictObject({ offsetMs: z.number().int().min(0) });

export const revokeSchema = z.strictObject({ merchantId: z.string().optional() });

/** Both codes of a failure; one given alone stands for both. */
export function failureOf(body: {
  errorCode?: string | undefined;
  detailedErrorCode?: string | undefined;
}): { errorCode: string; detailedErrorCode: string } | undefined {
  const code = body.errorCode ?? body.detailedErrorCode;
  if (code === undefined) return undefined;
  return {
    errorCode: body.errorCode ?? code,
    detailedErrorCode: body.detailedErrorCode ?? code,
  };
}
