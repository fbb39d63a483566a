import { createHash } from "node:crypto";
import type { StackAddress } from "./stack.ts";

/** Sends a webhook as PhonePe would, or as somebody who knows its header (contract.md 6.2). */
export async function sendWebhook(
  { gateway, webhook }: StackAddress,
  body: object,
  credentials: { readonly password?: string } = {},
): Promise<{ status: number; json: unknown }> {
  const pair = `${webhook.username}:${credentials.password ?? webhook.password}`;
  const response = await fetch(`${gateway}/api/payments/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: createHash("sha256").update(pair).digest("hex"),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

/** An order that another system of the merchant placed at PhonePe, past the gateway. */
export async function orderPlacedElsewhere(
  { sandbox, phonepe }: StackAddress,
  merchantOrderId: string,
  amount: number,
): Promise<void> {
  const base = `${sandbox}/apis/pg-sandbox`;
  const token = await fetch(`${base}/v1/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: phonepe.clientId,
      client_secret: phonepe.clientSecret,
      client_version: "1",
      grant_type: "client_credentials",
    }),
  });
  const { access_token } = await token.json();
  const paid = await fetch(`${base}/checkout/v2/pay`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `O-Bearer ${access_token}` },
    body: JSON.stringify({
      merchantOrderId,
      amount,
      expireAfter: 900,
      paymentFlow: { type: "PG_CHECKOUT", merchantUrls: { redirectUrl: "http://localhost/x" } },
    }),
  });
  if (!paid.ok) throw new Error(`pay: ${paid.status} ${await paid.text()}`);
}

/** A PhonePe v1 callback about an order, with the merchant's checksum or another (contract.md 6.8). */
export async function signedV1Callback(
  { gateway, phonepe }: StackAddress,
  merchantTransactionId: string,
  { saltKey }: { readonly saltKey: string } = phonepe,
): Promise<{ status: number; json: unknown }> {
  const response = Buffer.from(
    JSON.stringify({
      success: true,
      code: "PAYMENT_SUCCESS",
      data: { merchantTransactionId, amount: 49_900, state: "COMPLETED" },
    }),
  ).toString("base64");
  const checksum = createHash("sha256").update(`${response}${saltKey}`).digest("hex");
  const answer = await fetch(`${gateway}/api/payments/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-verify": `${checksum}###${phonepe.saltIndex}`,
    },
    body: JSON.stringify({ response }),
  });
  return { status: answer.status, json: await answer.json() };
}
