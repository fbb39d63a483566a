/** PhonePe's client over an outbound that answers from a script and keeps what it was asked. */
import { amountPaisa, merchantRefundIdSchema, providerOrderIdSchema } from "#base";
import type { OrderDetails } from "../../src/payments/model.ts";
import { type Guarded, makePhonePeClient, type PhonePeToken } from "#providers";
import type { OutboundResult } from "../../src/providers/outbound.ts";
import type { OperationName } from "../../src/providers/policies.ts";
import type { TokenResult } from "../../src/providers/phonepe/token-source.ts";

export const NOW_MS = 1_790_750_730_000;
export const ORDER_ID = providerOrderIdSchema.parse("ord_2026_000123");
export const REFUND_ID = merchantRefundIdSchema.parse("rfd_2026_000045");
export const AMOUNT = amountPaisa(49_900);
export const ORDER: OrderDetails = {
  redirectUrl: "https://shop.example.in/checkout/return/ord_2026_000123",
  expireAfterSec: 900,
};
export const PAY = { providerOrderId: ORDER_ID, amountPaisa: AMOUNT, order: ORDER };
export const REFUND = {
  merchantRefundId: REFUND_ID,
  providerOrderId: ORDER_ID,
  amountPaisa: AMOUNT,
};

const token = (accessToken: string): PhonePeToken => ({
  accessToken,
  tokenType: "O-Bearer",
  refreshAtMs: NOW_MS + 1,
  expiresAtMs: NOW_MS + 2,
});

export const answer = (status: number, body: unknown): OutboundResult => ({
  type: "answer",
  status,
  text: typeof body === "string" ? body : JSON.stringify(body),
  retryAfter: null,
});

export interface LineOptions {
  readonly first?: TokenResult;
  readonly renewed?: TokenResult;
}

export function makeLine(script: readonly OutboundResult[], options: LineOptions = {}) {
  const answers = [...script];
  const asked: (Parameters<Guarded>[1] & { readonly operation: OperationName })[] = [];
  const renewals: string[] = [];
  const client = makePhonePeClient({
    pgUrl: "https://pg.example/apis/pg",
    checkoutScriptUrl: "https://pg.example/checkout.js",
    nowMs: () => NOW_MS,
    tokens: {
      get: async () => options.first ?? { ok: true, token: token("token-1") },
      async renew(refused) {
        renewals.push(refused.accessToken);
        return options.renewed ?? { ok: true, token: token("token-2") };
      },
    },
    async guarded(operation, request) {
      asked.push({ operation, ...request });
      const next = answers.shift();
      if (!next) throw new Error(`not in the script: ${request.url}`);
      return next;
    },
  });
  return { client, asked, renewals };
}
