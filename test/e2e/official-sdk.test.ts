import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateSdkOrderRequest,
  Env,
  MetaInfo,
  RefundRequest,
  StandardCheckoutClient,
  StandardCheckoutPayRequest,
} from "@phonepe-pg/pg-sdk-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Receiver, startReceiver } from "./receiver.ts";
import { type SandboxProcess, startSandbox } from "./sandbox-process.ts";

/**
 * PhonePe's own SDK as the judge of the sandbox: what its client and its models cannot work with is wrong in the sandbox.
 * The SDK keeps one client and one token per process, so one merchant serves the whole file.
 */

const MERCHANT = {
  merchantId: "SDKMERCHANT",
  name: "SDK Merchant",
  clientId: "sdk_client",
  clientSecret: "sdk_secret",
  clientVersion: "1",
  webhookUsername: "demo_hook",
  webhookPassword: "demoHook123",
};

let hook: Receiver;
let sandbox: SandboxProcess;
let client: StandardCheckoutClient;

beforeAll(async () => {
  hook = await startReceiver();
  sandbox = await startSandbox({ merchant: MERCHANT, webhookUrl: hook.url });
  aimSdkAt(`${sandbox.origin}/apis/pg-sandbox`);
  await sandbox.admin("PUT", "/admin/switches", { switches: { refundStepMs: 300 } });
  const { clientId, clientSecret } = MERCHANT;
  client = StandardCheckoutClient.getInstance(clientId, clientSecret, 1, Env.SANDBOX, false);
});

afterAll(async () => {
  await sandbox?.stop();
  hook?.close();
});

test("EM-18: pay answers an open order and a pay page below the sandbox", async () => {
  const merchantOrderId = newId("ord");
  const answer = await client.pay(payRequest(merchantOrderId));

  expect(answer.state).toBe("PENDING");
  expect(answer.orderId).toMatch(/^OMO\d+$/);
  expect(answer.expireAt).toBeGreaterThan(Date.now());
  expect(answer.redirectUrl).toContain(`${sandbox.origin}/transact/uat_v2?token=`);
});

test("EM-01: a second pay with one merchantOrderId is refused with 417", async () => {
  const merchantOrderId = newId("ord");
  await client.pay(payRequest(merchantOrderId));

  await expect(client.pay(payRequest(merchantOrderId))).rejects.toMatchObject({
    httpStatusCode: 417,
    code: "INVALID_TRANSACTION_ID",
  });
});

test("EM-02: the status of an unknown order is a 400", async () => {
  await expect(client.getOrderStatus(newId("ord"))).rejects.toMatchObject({
    httpStatusCode: 400,
    code: "INVALID_MERCHANT_ORDER_ID",
  });
});

test("EM-05: one token serves many calls", async () => {
  await client.pay(payRequest(newId("ord")));
  await client.pay(payRequest(newId("ord")));

  expect(await sandbox.admin("GET", "/admin/books")).toMatchObject({ tokenRequests: 1 });
});

test("EM-07: after a revocation the SDK fetches a token and repeats the call", async () => {
  await sandbox.admin("POST", "/admin/tokens/revoke", {});

  expect(await client.pay(payRequest(newId("ord")))).toMatchObject({ state: "PENDING" });
  expect(await sandbox.admin("GET", "/admin/books")).toMatchObject({ tokenRequests: 2 });
});

test("EM-08: the order status tells of a failed attempt, then of the paid one", async () => {
  const merchantOrderId = newId("ord");
  await client.pay(payRequest(merchantOrderId));
  await settle(merchantOrderId, { outcome: "fail", instrument: "CARD" });
  await settle(merchantOrderId, { outcome: "success", instrument: "UPI" });

  const status = await client.getOrderStatus(merchantOrderId, true);

  expect(status).toMatchObject({
    state: "COMPLETED",
    amount: 49_900,
    merchantOrderId,
    metaInfo: { udf1: "cart 8812, Pune" },
  });
  expect(status.paymentDetails.map((attempt) => attempt.state)).toEqual(["COMPLETED", "FAILED"]);
  const [paid] = status.paymentDetails;
  expect(paid?.splitInstruments?.[0]).toMatchObject({ amount: 49_900, rail: { type: "UPI" } });
});

test("EM-08: a transaction's status shows its attempt only", async () => {
  const merchantOrderId = newId("ord");
  await client.pay(payRequest(merchantOrderId));
  await settle(merchantOrderId, { outcome: "fail", instrument: "CARD" });
  await settle(merchantOrderId, { outcome: "success", instrument: "NET_BANKING" });
  const { paymentDetails } = await client.getOrderStatus(merchantOrderId, true);
  const failed = paymentDetails.find((attempt) => attempt.state === "FAILED");

  const status = await client.getTransactionStatus(failed?.transactionId ?? "");

  expect(status.paymentDetails).toHaveLength(1);
  expect(status.paymentDetails[0]).toMatchObject({
    paymentMode: "CARD",
    errorCode: "AUTHENTICATION_FAILED",
  });
});

test("EM-10: a refund runs from PENDING to COMPLETED", async () => {
  const merchantOrderId = await paidOrder();
  const merchantRefundId = newId("rfd");

  const answer = await client.refund(refundRequest(merchantRefundId, merchantOrderId));
  expect(answer).toMatchObject({ state: "PENDING", amount: 10_000 });
  expect(answer.refundId).toMatch(/^OMR\d+$/);

  await webhookFor(merchantRefundId, "pg.refund.completed");
  const status = await client.getRefundStatus(merchantRefundId);
  expect(status).toMatchObject({
    merchantRefundId,
    originalMerchantOrderId: merchantOrderId,
    amount: 10_000,
    state: "COMPLETED",
  });
  expect(status.paymentDetails[0]).toMatchObject({ state: "COMPLETED", amount: 10_000 });
});

test("EM-03: the status of an unknown refund is a 404", async () => {
  await expect(client.getRefundStatus(newId("rfd"))).rejects.toMatchObject({
    httpStatusCode: 404,
    code: "REFUND_NOT_FOUND",
  });
});

test("EM-11: the SDK accepts the webhook of a paid order", async () => {
  const merchantOrderId = await paidOrder();
  const { authorization, body } = await webhookFor(merchantOrderId, "checkout.order.completed");
  const { webhookUsername, webhookPassword } = MERCHANT;

  const callback = client.validateCallback(webhookUsername, webhookPassword, authorization, body);

  expect(callback.type).toBe("CHECKOUT_ORDER_COMPLETED");
  expect(callback.payload).toMatchObject({ merchantOrderId, state: "COMPLETED", amount: 49_900 });
});

test("EM-11: the SDK refuses a webhook with a wrong authorization", async () => {
  const merchantOrderId = newId("ord");
  await sandbox.admin("PUT", "/admin/switches", {
    merchantOrderId,
    switches: { webhookModes: ["wrong-auth"] },
  });
  await client.pay(payRequest(merchantOrderId));
  await settle(merchantOrderId, { outcome: "success" });
  const { authorization, body } = await webhookFor(merchantOrderId, "checkout.order.completed");
  const { webhookUsername, webhookPassword } = MERCHANT;

  expect(() =>
    client.validateCallback(webhookUsername, webhookPassword, authorization, body),
  ).toThrow("Invalid Callback");
});

test("3.5: an order for mobile apps answers a token", async () => {
  const request = CreateSdkOrderRequest.StandardCheckoutBuilder()
    .merchantOrderId(newId("ord"))
    .amount(49_900)
    .redirectUrl("https://shop.example.in/return")
    .build();

  const answer = await client.createSdkOrder(request);

  expect(answer.state).toBe("PENDING");
  expect(answer.token.split(".")).toHaveLength(3);
});

/** The SDK has no setting for its hosts; its table of them is a plain exported object. */
function aimSdkAt(base: string): void {
  const require = createRequire(import.meta.url);
  const { BaseUrl } = require("@phonepe-pg/pg-sdk-node/dist/common/constants/BaseUrl.js");
  Object.assign(BaseUrl.SANDBOX, {
    PG_HOST_URL: base,
    PCI_PG_HOST_URL: base,
    OAUTH_HOST_URL: base,
    EVENTS_HOST_URL: base,
  });
}

function payRequest(merchantOrderId: string): StandardCheckoutPayRequest {
  return StandardCheckoutPayRequest.builder()
    .merchantOrderId(merchantOrderId)
    .amount(49_900)
    .metaInfo(MetaInfo.builder().udf1("cart 8812, Pune").build())
    .message("Demo shop order")
    .redirectUrl("https://shop.example.in/return")
    .expireAfter(900)
    .build();
}

function refundRequest(merchantRefundId: string, merchantOrderId: string): RefundRequest {
  return RefundRequest.builder()
    .merchantRefundId(merchantRefundId)
    .originalMerchantOrderId(merchantOrderId)
    .amount(10_000)
    .build();
}

async function paidOrder(): Promise<string> {
  const merchantOrderId = newId("ord");
  await client.pay(payRequest(merchantOrderId));
  await settle(merchantOrderId, { outcome: "success" });
  return merchantOrderId;
}

async function settle(merchantOrderId: string, decision: object): Promise<void> {
  await sandbox.admin("POST", `/admin/orders/${merchantOrderId}/settle`, decision);
}

/** Waits for the webhook of one event about one order or refund. */
async function webhookFor(
  id: string,
  event: string,
): Promise<{ readonly authorization: string; readonly body: string }> {
  const deadlineMs = Date.now() + 10_000;
  while (Date.now() < deadlineMs) {
    const found = hook.received.find(
      ({ body }) => body.includes(`"${id}"`) && body.includes(event),
    );
    if (found !== undefined) {
      return { authorization: found.headers.get("authorization") ?? "", body: found.body };
    }
    await sleep(50);
  }
  throw new Error(`no ${event} for ${id}`);
}

function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
}
