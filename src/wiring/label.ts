/** An operator's word on a payment: its payer's profiles learn it, and the audit log. */
import * as z from "zod";
import { DAY_MS, type MerchantId, type MerchantOrderId, merchantOrderIdSchema, once } from "#base";
import type { PaymentLabel } from "#http";
import { paymentObjectName } from "#payments";
import type { Bindings } from "../env.ts";
import { clock } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { releaseCustomer, tellProfiles } from "./risk.ts";

/** How long a customer whose payment was wrongly blocked is not blocked by a score. */
const RELEASE_MS = 30 * DAY_MS;

/** What a payment tells of its payer (GDR-3), as far as risk knows it. */
const payerSchema = once(() =>
  z.object({
    merchantOrderId: merchantOrderIdSchema,
    paymentId: z.string(),
    createdAt: z.int(),
    customer: z.string().nullable(),
    personal: z
      .object({ fingerprint: z.string().nullable(), network: z.string().nullable() })
      .nullable(),
  }),
);

/** Each part may be done twice; the log is told last, and only of what was done. Rejects until all is. */
export async function labelPayment(
  env: Bindings,
  { merchantId, orderId }: { readonly merchantId: MerchantId; readonly orderId: MerchantOrderId },
  label: PaymentLabel,
): Promise<{ readonly releasedUntilMs: number | null } | null> {
  const text = await env.PAYMENTS.getByName(paymentObjectName(merchantId, orderId)).exportPerson();
  if (text === null) return null;
  const { personal, paymentId, createdAt, ...rest } = payerSchema().parse(JSON.parse(text));
  const { fingerprint, network } = personal ?? { fingerprint: null, network: null };
  const atMs = clock();
  const kind = label.verdict === "legit" ? "legit" : "fraud";
  const payer = { ...rest, fingerprint, network, createdAtMs: createdAt };
  await tellProfiles(env, merchantId, { payer, kind, atMs });
  const { customer } = payer;
  const untilMs = label.release && customer !== null ? atMs + RELEASE_MS : null;
  if (untilMs !== null && customer !== null) {
    await releaseCustomer(env, merchantId, { customer, untilMs });
  }
  const { by, verdict, reason } = label;
  await appendAudit(env, merchantId, [
    {
      id: `label/${by.requestId}`,
      atMs,
      actor: { type: "api_key", id: by.keyId },
      action: "payment.labelled",
      object: { type: "payment", id: paymentId },
      outcome: "success",
      requestId: by.requestId,
      address: by.address,
      details: { merchantOrderId: orderId, verdict, reason, releasedUntilMs: untilMs },
    },
  ]);
  return { releasedUntilMs: untilMs };
}
