/**
 * PhonePe v1's status call, for merchants who still have a salt key (contract.md 6.8). The gateway places no v1
 * payments; it is asked about those that a v1 callback names, since a callback is a hint here as well (I4).
 */
import * as z from "zod";
import { once, readJson, sha256Hex } from "#base";
import type { Guarded } from "../guarded.ts";

interface V1CodeRow {
  readonly paid: boolean;
  readonly final: boolean;
}

/** What v1's codes mean; `success: true` alone never means paid, `code` does. Unknown codes are not final. */
const V1_CODES: ReadonlyMap<string, V1CodeRow> = new Map([
  ["PAYMENT_SUCCESS", { paid: true, final: true }],
  ["PAYMENT_ERROR", { paid: false, final: true }],
  ["PAYMENT_DECLINED", { paid: false, final: true }],
  ["TIMED_OUT", { paid: false, final: true }],
  ["TRANSACTION_NOT_FOUND", { paid: false, final: true }],
  ["INVALID_TRANSACTION_ID", { paid: false, final: true }],
  ["PAYMENT_PENDING", { paid: false, final: false }],
  ["PAYMENT_INITIATED", { paid: false, final: false }],
  ["INTERNAL_SERVER_ERROR", { paid: false, final: false }],
]);

/** Codes that say our request was refused: they tell nothing about the payment. */
const REFUSED_CODES = new Set(["BAD_REQUEST", "AUTHORIZATION_FAILED", "KEY_NOT_CONFIGURED"]);

export function v1CodeMeaning(code: string): V1CodeRow {
  return V1_CODES.get(code) ?? { paid: false, final: false };
}

export type V1Status =
  | {
      readonly type: "known";
      readonly code: string;
      readonly paid: boolean;
      readonly final: boolean;
    }
  | { readonly type: "unreachable"; readonly reason: string };

export interface V1Options {
  readonly guarded: Guarded;
  /** `PHONEPE_V1_URL` (contract.md 1.1). */
  readonly v1Url: string;
  /** PhonePe's id of the merchant. */
  readonly phonePeMerchantId: string;
  readonly saltKey: string;
  readonly saltIndex: number;
}

const answerSchema = once(() => z.object({ code: z.string().min(1).max(64) }));

export async function fetchV1Status(
  options: V1Options,
  merchantTransactionId: string,
): Promise<V1Status> {
  const { guarded, v1Url, phonePeMerchantId, saltKey, saltIndex } = options;
  const path = `/pg/v1/status/${encodeURIComponent(phonePeMerchantId)}/${encodeURIComponent(merchantTransactionId)}`;
  const result = await guarded("v1_status", {
    method: "GET",
    url: `${v1Url}${path}`,
    headers: {
      accept: "application/json",
      "x-merchant-id": phonePeMerchantId,
      "x-verify": `${await sha256Hex(`${path}${saltKey}`)}###${saltIndex}`,
    },
  });
  if (result.type !== "answer") return { type: "unreachable", reason: result.reason };
  const answer = answerSchema().safeParse(readJson(result.text));
  if (!answer.success) return { type: "unreachable", reason: `http_${result.status}` };
  const { code } = answer.data;
  if (REFUSED_CODES.has(code)) return { type: "unreachable", reason: code };
  return { type: "known", code, ...v1CodeMeaning(code) };
}
