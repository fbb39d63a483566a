/** What a payer reads when a call was refused. Codes of the gateway are for its operators, not for payers. */
import { ConnectionError, ProblemError } from "#client";
import { SettingsError } from "./settings.ts";

export interface Refusal {
  readonly status: 400 | 403 | 404 | 409 | 413 | 500 | 502 | 503;
  readonly title: string;
  readonly text: string;
  readonly code?: string;
  readonly requestId?: string;
}

type Words = Pick<Refusal, "status" | "title" | "text">;

const BUSY: Words = {
  status: 503,
  title: "One moment, please",
  text: "The payment service is busy. No money has moved. Please try again in a few seconds.",
};

const BROKEN: Words = {
  status: 502,
  title: "That did not work",
  text: "The payment service could not take the request. No money has moved.",
};

const UNSURE: Words = {
  status: 503,
  title: "We cannot reach the payment service",
  text: "We do not know yet whether the request arrived. Please look at the order before you try again.",
};

const BY_CODE: ReadonlyMap<string, Words> = new Map([
  ["rate_limited", BUSY],
  ["request_in_progress", BUSY],
  ["provider_unavailable", BUSY],
  ["provider_timeout", BUSY],
  [
    "payment_blocked",
    {
      status: 403,
      title: "We could not accept this payment",
      text: "No money has moved. Please try another way to pay, or write to us.",
    },
  ],
  [
    "provider_rejected",
    {
      status: 502,
      title: "The payment was declined",
      text: "No money has moved. Please start again from the shop.",
    },
  ],
  [
    "payment_not_found",
    { status: 404, title: "We do not know this order", text: "Please check the address." },
  ],
  [
    "refund_exceeds_captured",
    { status: 409, title: "That is too much", text: "A refund can be at most what is left." },
  ],
  [
    "state_conflict",
    {
      status: 409,
      title: "That is not possible any more",
      text: "The order has moved on in the meantime. Please look at it again.",
    },
  ],
]);

/** Our own bug gives a bare apology; its cause goes to the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof ProblemError) {
    return {
      ...(BY_CODE.get(error.code) ?? (error.status < 500 ? BROKEN : UNSURE)),
      code: error.code,
      ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
  }
  if (error instanceof ConnectionError) {
    return UNSURE;
  }
  if (error instanceof SettingsError) {
    return {
      status: 500,
      title: "The shop is not set up yet",
      text: `These settings are missing or malformed: ${error.variables.join(", ")}.`,
    };
  }
  return { status: 500, title: "Something went wrong", text: "We are sorry. Please try again." };
}
