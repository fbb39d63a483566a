import type { RefundRefused } from "./refunds.ts";

/** Every refusal in Razorpay's form. The words of a used reference are ours: no source shows Razorpay's. */
export type Answer = Readonly<{
  status: number;
  body: object;
  headers?: Readonly<Record<string, string>>;
}>;

type Extra = Readonly<{ code?: string; reason?: string; field?: string }>;

function failure(status: number, description: string, extra: Extra = {}): Answer {
  const { code = "BAD_REQUEST_ERROR", reason = "input_validation_failed", field } = extra;
  return {
    status,
    body: {
      error: {
        code,
        description,
        source: "business",
        step: "payment_initiation",
        reason,
        metadata: {},
        ...(field === undefined ? {} : { field }),
      },
    },
  };
}

export const UNAUTHORIZED = failure(401, "Authentication failed", { reason: "NA" });
export const NO_SUCH_URL = failure(400, "The requested URL was not found on the server.");
export const NO_SUCH_ID = failure(400, "The id provided does not exist");
export const LINK_NOT_OPEN = failure(400, "Payment link cannot be cancelled in its present state.");
export const TOO_MANY = failure(429, "Too many requests", { reason: "NA" });
export const INTERNAL = failure(500, "We are facing some trouble completing your request.", {
  code: "SERVER_ERROR",
  reason: "NA",
});

export function invalid(field: string, what: string): Answer {
  return failure(400, `${field}: ${what}`, { field });
}

export function usedReference(words: "plain" | "vague", referenceId: string): Answer {
  return words === "vague"
    ? failure(400, "Payment link creation failed.", { field: "reference_id" })
    : failure(400, `payment link with given reference_id: ${referenceId} already exists`, {
        field: "reference_id",
      });
}

const REFUND_REFUSALS: Record<RefundRefused, Answer> = {
  "unknown-payment": NO_SUCH_ID,
  "not-captured": failure(400, "The payment status should be captured for action to be taken"),
  exceeds: failure(400, "The total refund amount is greater than the refund payment amount"),
  "key-reused": failure(400, "Different request body sent for the same Idempotency Header"),
};

export function refundRefusal(reason: RefundRefused): Answer {
  return REFUND_REFUSALS[reason];
}

export function respond(answer: Answer): Response {
  return Response.json(answer.body, {
    status: answer.status,
    headers: { ...answer.headers, "cache-control": "no-store" },
  });
}
