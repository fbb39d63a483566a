import { type Context, Hono } from "hono";
import type * as z from "zod";
import { switchesFor } from "../books/behaviour.ts";
import type { Books } from "../books/books.ts";
import { isStale, isTooNew } from "../books/lag.ts";
import { findAttempt, findOrder, findRefund, listAttempts, loadOrder } from "../books/ledger.ts";
import { merchantOfToken } from "../books/merchants.ts";
import { createOrder, paidBy } from "../books/orders.ts";
import { presentOrder, presentRefund } from "../books/presenters.ts";
import { createRefund } from "../books/refunds.ts";
import type { Order } from "../books/schema.ts";
import type { Merchant } from "../settings.ts";
import type { Switches } from "../switches.ts";
import * as answers from "./answers.ts";
import { bearerOf, type Call, parseJson, serve } from "./serve.ts";
import * as validation from "./validation.ts";

type Handler = (call: Call, merchant: Merchant) => answers.Answer;

/** The version 2 API (contract 3 to 5), to be mounted below each prefix of EM-18. */
export function v2Routes(books: Books): Hono {
  const app = new Hono();
  const guard = (handler: Handler) => (call: Call) => {
    const merchant = merchantOfToken(books, bearerOf(call.context));
    if (merchant === undefined) return answers.BAD_BEARER[switchesFor(books).badBearer];
    return books.atomically(() => handler(call, merchant));
  };
  const orderStatus = serve(
    books,
    "status",
    guard((call, merchant) => status(books, call, merchant)),
  );
  const attemptStatus = serve(
    books,
    "status",
    guard((call, merchant) => transactionStatus(books, call, merchant)),
  );
  app.post(
    "/checkout/v2/pay",
    serve(
      books,
      "pay",
      guard((call, merchant) => pay(books, call, merchant)),
    ),
  );
  app.post(
    "/checkout/v2/sdk/order",
    serve(
      books,
      "pay",
      guard((call, merchant) => sdkOrder(books, call, merchant)),
    ),
  );
  for (const family of ["checkout", "payments"]) {
    app.get(`/${family}/v2/order/:merchantOrderId/status`, orderStatus);
    app.get(`/${family}/v2/transaction/:transactionId/status`, attemptStatus);
  }
  app.post(
    "/payments/v2/refund",
    serve(
      books,
      "refund",
      guard((call, merchant) => refund(books, call, merchant)),
    ),
  );
  app.get(
    "/payments/v2/refund/:merchantRefundId/status",
    serve(
      books,
      "refund-status",
      guard((call, merchant) => refundStatus(books, call, merchant)),
    ),
  );
  return app;
}

/** Where payers reach the pay page. */
export function payPageUrl(books: Books, context: Context, path: string): string {
  const origin = books.settings.publicOrigin || new URL(context.req.url).origin;
  return `${origin}${path}`;
}

function pay(books: Books, call: Call, merchant: Merchant): answers.Answer {
  const order = placeOrder(books, call, { merchant, strict: validation.strictPay });
  if ("status" in order) return order;
  const path = `/transact/uat_v2?token=${order.pageToken}`;
  return placed(order, { redirectUrl: payPageUrl(books, call.context, path) });
}

function sdkOrder(books: Books, call: Call, merchant: Merchant): answers.Answer {
  const order = placeOrder(books, call, { merchant, strict: validation.strictSdkOrder });
  return "status" in order ? order : placed(order, { token: order.pageToken });
}

function placed(order: Order, extra: object): answers.Answer {
  const { orderId, state, expiresAtMs } = order;
  return { status: 200, body: { orderId, state, expireAt: expiresAtMs, ...extra } };
}

type Placing = {
  merchant: Merchant;
  strict: (expireAfterSecMin: number) => z.ZodType;
};

function placeOrder(books: Books, call: Call, placing: Placing): Order | answers.Answer {
  const { merchantId } = placing.merchant;
  const { merchantOrderId } = call.ids;
  if (merchantOrderId === "") return answers.BLANK_ORDER_ID;
  const switches = switchesFor(books, { merchantId, merchantOrderId });
  const request = parsePay(call.text, switches, placing);
  if (request === undefined) return answers.BAD_REQUEST;
  if (switches.template === "unset") return answers.INTERNAL_SERVER_ERROR;
  const order = createOrder(books, {
    merchantId,
    merchantOrderId,
    amountPaisa: request.amount,
    flow: "V2",
    redirectUrl: request.paymentFlow.merchantUrls.redirectUrl ?? "",
    callbackUrl: "",
    message: request.paymentFlow.message ?? "",
    metaInfo: request.metaInfo === undefined ? "" : JSON.stringify(request.metaInfo),
    modes: validation.offeredModes(request.paymentFlow.paymentModeConfig).join(","),
    singleAttempt: request.disablePaymentRetry,
    expireAfterSec: request.expireAfter,
  });
  return order ?? answers.DUPLICATE_ORDER[switches.duplicateOrderError];
}

/** Strict first, if it is to be strict; what passes then has the lenient form too. */
function parsePay(
  text: string,
  switches: Switches,
  placing: Placing,
): validation.PayRequest | undefined {
  const body = parseJson(text);
  if (switches.validation === "strict") {
    if (!placing.strict(switches.expireAfterSecMin).safeParse(body).success) return undefined;
  }
  return validation.lenientPay.safeParse(body).data;
}

function status(books: Books, call: Call, merchant: Merchant): answers.Answer {
  const { merchantId } = merchant;
  const { merchantOrderId } = call.ids;
  const switches = switchesFor(books, { merchantId, merchantOrderId });
  const order = findOrder(books, { merchantId, merchantOrderId });
  if (order === undefined || isTooNew(books, order, switches)) {
    return answers.UNKNOWN_ORDER[switches.unknownOrderError];
  }
  const attempts = listAttempts(books, order.orderId);
  if (isStale(books, order, switches)) {
    const view = { attempts: [], errorContext: false, body: switches.statusBody };
    return { status: 200, body: presentOrder({ ...order, state: "PENDING" }, view) };
  }
  const all = call.context.req.query("details") === "true";
  return {
    status: 200,
    body: presentOrder(order, {
      attempts: all ? attempts : attempts.slice(0, 1),
      errorContext: call.context.req.query("errorContext") === "true",
      body: switches.statusBody,
    }),
  };
}

function transactionStatus(books: Books, call: Call, merchant: Merchant): answers.Answer {
  const attempt = findAttempt(books, call.context.req.param("transactionId") ?? "");
  if (attempt === undefined) return answers.UNKNOWN_TRANSACTION;
  const order = loadOrder(books, attempt.orderId);
  if (order.merchantId !== merchant.merchantId) return answers.UNKNOWN_TRANSACTION;
  const body = switchesFor(books, order).statusBody;
  return {
    status: 200,
    body: presentOrder(order, { attempts: [attempt], errorContext: false, body }),
  };
}

function refund(books: Books, call: Call, merchant: Merchant): answers.Answer {
  const { merchantId } = merchant;
  const { merchantOrderId } = call.ids;
  const switches = switchesFor(books, { merchantId, merchantOrderId });
  const schema =
    switches.validation === "strict" ? validation.strictRefund : validation.lenientRefund;
  const request = schema.safeParse(parseJson(call.text)).data;
  if (request === undefined) return answers.BAD_REQUEST;
  const result = createRefund(books, {
    merchantId,
    merchantRefundId: request.merchantRefundId,
    merchantOrderId: request.originalMerchantOrderId,
    amountPaisa: request.amount,
    callbackUrl: "",
  });
  if (!result.ok) return answers.refundRefusal(result.reason, switches);
  const { refundId, amountPaisa, state } = result.refund;
  return { status: 200, body: { refundId, amount: amountPaisa, state } };
}

function refundStatus(books: Books, call: Call, merchant: Merchant): answers.Answer {
  const { merchantId } = merchant;
  const { merchantRefundId } = call.ids;
  const found = findRefund(books, { merchantId, merchantRefundId });
  if (found === undefined) {
    const { unknownRefundError } = switchesFor(books, { merchantId });
    return answers.UNKNOWN_REFUND[unknownRefundError];
  }
  const switches = switchesFor(books, found);
  return {
    status: 200,
    body: presentRefund(found, {
      body: switches.refundBody,
      paidBy: paidBy(books, found.orderId),
      amountPaisa: found.amountPaisa,
    }),
  };
}
