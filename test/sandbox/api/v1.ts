import { Hono } from "hono";
import * as z from "zod";
import { switchesFor } from "../books/behaviour.ts";
import type { Books } from "../books/books.ts";
import { base64Decode, sha256Hex } from "../books/ids.ts";
import { findOrder, findRefund, listAttempts } from "../books/ledger.ts";
import { findMerchant } from "../books/merchants.ts";
import { createOrder } from "../books/orders.ts";
import { createRefund } from "../books/refunds.ts";
import { v1Callback, v1RefundAnswer } from "../books/v1-presenter.ts";
import type { Merchant } from "../settings.ts";
import type { Answer } from "./answers.ts";
import { type Call, parseJson, serve } from "./serve.ts";
import { payPageUrl } from "./v2.ts";

/** The legacy API with its salted checksums (contract 6.8, EM-17). */
export function v1Routes(books: Books): Hono {
  const app = new Hono();
  app.post(
    "/pg/v1/pay",
    serve(books, "pay", (call) => pay(books, call)),
  );
  app.post(
    "/pg/v1/refund",
    serve(books, "refund", (call) => refund(books, call)),
  );
  app.get(
    "/pg/v1/status/:merchantId/:transactionId",
    serve(books, "status", (call) => status(books, call)),
  );
  return app;
}

const EXPIRE_AFTER_SEC = 1200; // CF-06

const refuse = (httpStatus: number, code: string, message: string): Answer => ({
  status: httpStatus,
  body: { success: false, code, message, data: {} },
});

const BAD_REQUEST = refuse(400, "BAD_REQUEST", "Please check the inputs you have provided.");
const NO_KEY = refuse(400, "KEY_NOT_CONFIGURED", "Key not found for the merchant");
const BAD_CHECKSUM = refuse(401, "AUTHORIZATION_FAILED", "Value of X-VERIFY is wrong");
const NOT_FOUND = refuse(404, "TRANSACTION_NOT_FOUND", "No such transaction");
const USED_BEFORE = refuse(400, "INVALID_TRANSACTION_ID", "Transaction id was used before");

const id = (max: number) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{1,${max}}$`));

const paySchema = z.object({
  merchantId: z.string().min(1).max(37),
  merchantTransactionId: id(34),
  merchantUserId: id(35).optional(),
  amount: z.number().int().min(100),
  redirectUrl: z.url(),
  redirectMode: z.enum(["REDIRECT", "POST"]).default("REDIRECT"),
  callbackUrl: z.url(),
  paymentInstrument: z.object({ type: z.literal("PAY_PAGE") }),
});

const refundSchema = z.object({
  merchantId: z.string().min(1).max(37),
  merchantTransactionId: id(34),
  originalTransactionId: id(34),
  amount: z.number().int().min(100),
  callbackUrl: z.url(),
});

async function pay(books: Books, call: Call): Promise<Answer> {
  const checked = await open(books, call, { path: "/pg/v1/pay", schema: paySchema });
  if ("status" in checked) return checked;
  const { request } = checked;
  const order = books.atomically(() =>
    createOrder(books, {
      merchantId: request.merchantId,
      merchantOrderId: request.merchantTransactionId,
      amountPaisa: request.amount,
      flow: "V1",
      redirectUrl: request.redirectUrl,
      callbackUrl: request.callbackUrl,
      message: "",
      metaInfo: "",
      modes: "UPI,CARD,NET_BANKING",
      singleAttempt: false,
      expireAfterSec: EXPIRE_AFTER_SEC,
    }),
  );
  if (order === undefined) return USED_BEFORE;
  const url = payPageUrl(books, call.context, `/transact/simulator?token=${order.pageToken}`);
  return {
    status: 200,
    body: {
      success: true,
      code: "PAYMENT_INITIATED",
      message: "Payment initiated",
      data: {
        merchantId: order.merchantId,
        merchantTransactionId: order.merchantOrderId,
        instrumentResponse: { type: "PAY_PAGE", redirectInfo: { url, method: "GET" } },
      },
    },
  };
}

async function refund(books: Books, call: Call): Promise<Answer> {
  const checked = await open(books, call, { path: "/pg/v1/refund", schema: refundSchema });
  if ("status" in checked) return checked;
  const { request } = checked;
  const result = books.atomically(() =>
    createRefund(books, {
      merchantId: request.merchantId,
      merchantRefundId: request.merchantTransactionId,
      merchantOrderId: request.originalTransactionId,
      amountPaisa: request.amount,
      callbackUrl: request.callbackUrl,
    }),
  );
  if (result.ok) return { status: 200, body: v1RefundAnswer(result.refund) };
  if (result.reason === "duplicate-id") return USED_BEFORE;
  return result.reason === "unknown-order" ? NOT_FOUND : BAD_REQUEST;
}

async function status(books: Books, call: Call): Promise<Answer> {
  const merchantId = call.context.req.param("merchantId") ?? "";
  const transactionId = call.context.req.param("transactionId") ?? "";
  const merchant = findMerchant(books, merchantId);
  if (merchant === undefined || merchant.saltKey === "") return NO_KEY;
  const path = `/pg/v1/status/${merchantId}/${transactionId}`;
  if (!(await checksumFits(call, merchant, path))) return BAD_CHECKSUM;
  const order = findOrder(books, { merchantId, merchantOrderId: transactionId });
  if (order !== undefined) {
    return { status: 200, body: v1Callback(order, listAttempts(books, order.orderId)[0]) };
  }
  const found = findRefund(books, { merchantId, merchantRefundId: transactionId });
  return found === undefined ? NOT_FOUND : { status: 200, body: v1RefundAnswer(found) };
}

const envelopeSchema = z.object({ request: z.base64() });

/** Checks the checksum before it believes anything the body says, as the merchant id in it only names the key. */
async function open<T extends { merchantId: string }>(
  books: Books,
  call: Call,
  at: { path: string; schema: z.ZodType<T> },
): Promise<Answer | { request: T }> {
  const envelope = envelopeSchema.safeParse(parseJson(call.text)).data;
  if (envelope === undefined) return BAD_REQUEST;
  const body = parseJson(base64Decode(envelope.request));
  const named = z.object({ merchantId: z.string() }).safeParse(body).data;
  const merchant = named === undefined ? undefined : findMerchant(books, named.merchantId);
  if (merchant === undefined || merchant.saltKey === "") return NO_KEY;
  if (!(await checksumFits(call, merchant, `${envelope.request}${at.path}`))) return BAD_CHECKSUM;
  if (switchesFor(books, { merchantId: merchant.merchantId }).template === "unset") {
    return refuse(
      500,
      "INTERNAL_SERVER_ERROR",
      "There is an error trying to process your request.",
    );
  }
  const request = at.schema.safeParse(body).data;
  return request === undefined ? BAD_REQUEST : { request };
}

async function checksumFits(call: Call, merchant: Merchant, signed: string): Promise<boolean> {
  const digest = await sha256Hex(`${signed}${merchant.saltKey}`);
  return call.context.req.header("x-verify") === `${digest}###${merchant.saltIndex}`;
}
