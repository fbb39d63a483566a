/**
 * `POST /api/admin/payments/{id}/label`: an operator's word on a payment. The profiles of its payer learn it (fraud with
 * its delay), and a false positive is released: until then no score blocks that customer.
 */
import * as z from "zod";
import { merchantOrderIdSchema, once } from "#base";
import { Problem } from "#problems";
import { orUnavailable } from "./call-payment.ts";
import { changedBy } from "./changed-by.ts";
import { noted } from "./noted.ts";
import { type Call, jsonAnswer, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

const REASON_MAX = 500;

export const labelSchema = once(() =>
  z.strictObject({
    verdict: noted(
      z.enum(["fraud", "disputed", "legit"]),
      "What it turned out to be. A `disputed` payment counts as fraud until it is `legit`.",
    ),
    release: noted(
      z.boolean().default(false),
      "With `legit`: for 30 days no score blocks this customer.",
    ),
    reason: noted(z.string().min(1).max(REASON_MAX), "Why, in your words, for the audit log."),
  }),
);
type LabelBody = z.output<ReturnType<typeof labelSchema>>;

export const labelOperation = once((): Operation<ReturnType<typeof labelSchema>> => ({
  scope: "security:write",
  rateClass: "security",
  schema: labelSchema(),
  handle: label,
}));

async function label(call: Call<LabelBody>): Promise<Response> {
  const { body, c, deps, merchant } = call;
  if (body.release && body.verdict !== "legit") {
    throw invalidField("/release", "invalid_value", "true for `legit` only");
  }
  const id = merchantOrderIdSchema.safeParse(c.req.param("id"));
  if (!id.success) throw new Problem("payment_not_found");
  const merchantOrderId = id.data;
  const labelled = await orUnavailable("The verdict is not sure yet: repeat the call.", () =>
    deps.labelPayment(merchant.id, merchantOrderId, { ...body, by: changedBy(call) }),
  );
  if (!labelled) throw new Problem("payment_not_found");
  const { releasedUntilMs } = labelled;
  const { verdict } = body;
  return jsonAnswer(
    200,
    JSON.stringify({ merchantOrderId, verdict, releasedUntil: releasedUntilMs }),
  );
}
