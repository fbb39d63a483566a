import type { RefundRefused } from "../books/refunds.ts";
import type { Switches } from "../switches.ts";

/** Every refusal in PhonePe's words (contract 7, examples/error-*.json). */
export type Answer = Readonly<{
  status: number;
  body: object;
  headers?: Readonly<Record<string, string>>;
}>;

const error = (status: number, code: string, message: string): Answer => ({
  status,
  body: { success: false, code, message, data: {} },
});

const CHECK_INPUTS = "Please check the inputs you have provided.";
const NO_ORDER = "No entry found for given merchant order id";

export const BAD_REQUEST: Answer = {
  status: 400,
  body: { code: "BAD_REQUEST", message: CHECK_INPUTS, data: {} },
};

export const BLANK_ORDER_ID: Answer = {
  status: 400,
  body: {
    code: "BAD_REQUEST",
    message: "merchantOrderId must not be blank.",
    context: { errorDescription: "merchantOrderId must not be blank." },
  },
};

export const API_MAPPING_NOT_FOUND = error(404, "404", "Api Mapping Not Found");

export const INTERNAL_SERVER_ERROR = error(
  500,
  "INTERNAL_SERVER_ERROR",
  "There is an error trying to process your transaction at the moment. Please try again in a while.",
);

export const AUTHORIZATION_FAILED = error(401, "AUTHORIZATION_FAILED", "Unauthorized");

export const TOO_MANY_REQUESTS = error(429, "TOO_MANY_REQUESTS", "Too many requests");

export const UNKNOWN_TRANSACTION: Answer = {
  status: 400,
  body: { code: "MAPPING_NOT_FOUND", message: "No entry found for Merchant", data: {} },
};

export const BAD_BEARER: Record<Switches["badBearer"], Answer> = {
  "authorization-failed": AUTHORIZATION_FAILED,
  pr004: { status: 401, body: { errorCode: "PR004", message: "Unauthorized", context: {} } },
  "code-401": { status: 401, body: { success: false, code: "401", message: "Unauthorized" } },
};

export const DUPLICATE_ORDER: Record<Switches["duplicateOrderError"], Answer> = {
  "417-transaction-id": {
    status: 417,
    body: {
      success: false,
      code: "INVALID_TRANSACTION_ID",
      message: "Order ID has already been used",
    },
  },
  "417-merchant-order-id": {
    status: 417,
    body: {
      success: false,
      code: "INVALID_MERCHANT_ORDER_ID",
      message: "Merchant order id was used before",
    },
  },
  "400-bad-request": error(400, "BAD_REQUEST", CHECK_INPUTS),
  "400-already-exists": {
    status: 400,
    body: {
      success: false,
      code: "ORDER_ALREADY_EXISTS",
      message: "A payment order with this merchantOrderId exists",
    },
  },
};

export const UNKNOWN_ORDER: Record<Switches["unknownOrderError"], Answer> = {
  "400-merchant-order-id": {
    status: 400,
    body: { code: "INVALID_MERCHANT_ORDER_ID", message: NO_ORDER },
  },
  "400-mapping": {
    status: 400,
    body: {
      code: "MERCHANT_ORDER_MAPPING_NOT_FOUND",
      message: "No entry found for Merchant",
      data: {},
    },
  },
  "404": error(404, "ORDER_NOT_FOUND", NO_ORDER),
};

export const UNKNOWN_REFUND: Record<Switches["unknownRefundError"], Answer> = {
  "404": {
    status: 404,
    body: { code: "REFUND_NOT_FOUND", message: "Refund does not exist", data: {} },
  },
  "400": {
    status: 400,
    body: { code: "REFUND_NOT_FOUND", message: "Refund does not exist", data: {} },
  },
};

const DUPLICATE_REFUND: Record<Switches["duplicateRefundError"], Answer> = {
  "400-duplicated": { status: 400, body: { code: "Refund ID Duplicated", data: {} } },
  "400-bad-request": BAD_REQUEST,
};

/** Why a refund was not taken on. No source shows the body for a second open refund; this one is ours. */
export function refundRefusal(reason: RefundRefused, switches: Switches): Answer {
  switch (reason) {
    case "duplicate-id":
      return DUPLICATE_REFUND[switches.duplicateRefundError];
    case "unknown-order":
      return UNKNOWN_ORDER[switches.unknownOrderError];
    case "not-eligible":
      return error(402, "REFUND_NOT_ALLOWED", "This order cannot be refunded");
    case "exceeds":
      return error(
        400,
        "REFUND_AMOUNT_EXCEEDS",
        "Refund amount is more than what is left of the order",
      );
    default:
      return error(400, "BAD_REQUEST", "A refund of this order is in progress");
  }
}

/** Wrong client id, secret or version (contract 2.5, EM-06). */
export function invalidClient(mode: Switches["badCredentials"], trackingId: string): Answer {
  return {
    status: mode === "401" ? 401 : 400,
    body: {
      code: "INVALID_CLIENT",
      errorCode: "OIM000",
      message: `Bad Request: Invalid Client, trackingId: ${trackingId}`,
      context: { error_description: "Client authentication failure" },
    },
  };
}

export function missingField(name: string): Answer {
  return {
    status: 400,
    body: { code: "BAD_REQUEST", message: `${name} must not be blank`, context: {} },
  };
}

export function respond(answer: Answer): Response {
  return Response.json(answer.body, {
    status: answer.status,
    headers: { ...answer.headers, "cache-control": "no-store" },
  });
}
