/** I10: after a busy day every secret and every personal field is looked for wherever the gateway writes. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { booksOf } from "./books.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { callAdmin } from "./sandbox-process.ts";
import { clientOf, operatorCall, type Stack, startStack } from "./stack.ts";

const notifySecret = `whsec_${randomBytes(32).toString("base64")}`;
const PAYER = {
  phone: "+919812345678",
  email: "asha.planted@example.in",
  customerId: "customer-planted-7141",
  deviceIp: "203.0.113.77",
  deviceId: "device-planted-5520",
  userAgent: "Planted/7.1 (Linux; Android 15)",
};
const VPA = "9800000001@ybl";

let receiver: Receiver;
let stack: Stack;
let answers = "";
let madeSecret = "";

/** A call as a stranger makes it; its answer is kept, whatever it says. */
async function stray(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(`${stack.address.gateway}${path}`, init);
  answers += `${[...response.headers].join("\n")}\n${await response.text()}\n`;
}

/** Calls that fail, with secrets and persons where they do not belong. */
async function mistakes(): Promise<void> {
  const { shop } = stack.address.keys;
  const json = { "content-type": "application/json" };
  const wrong = clientOf({
    ...stack.address,
    keys: { ...stack.address.keys, shop: { ...shop, secret: "no" } },
  });
  await expect(wrong.status("nothing")).rejects.toThrow("signature_invalid");
  const client = clientOf(stack.address);
  const odd = {
    amount: 100,
    redirectUrl: "https://shop.example",
    customer: { phone: `${PAYER.phone}9999999`, email: `${PAYER.email}@` },
  };
  await expect(client.initiate(odd)).rejects.toThrow("validation_failed");
  await expect(client.status(PAYER.email.replace("@", "_").replaceAll(".", "_"))).rejects.toThrow(
    "payment_not_found",
  );
  const body = JSON.stringify({ phone: PAYER.phone, email: PAYER.email, secret: shop.secret });
  await stray("/api/payments/initiate", { method: "POST", body, headers: json });
  await stray(`/api/payments/status/x?email=${encodeURIComponent(PAYER.email)}`, {});
  await stray("/api/payments/webhook", {
    method: "POST",
    body,
    headers: { ...json, authorization: shop.secret },
  });
  await stray("/api/payments/webhook/razorpay", { method: "POST", body, headers: json });
}

/** The secret of an API key that the gateway makes: in this one answer, and nowhere else in the clear. */
async function madeKey(): Promise<string> {
  const { json } = await operatorCall(stack.address, "/api/payments/api-keys");
  const secret = String(json["secret"]);
  expect(secret.length).toBeGreaterThan(30);
  return secret;
}

async function settled(id: string, state: string): Promise<void> {
  const client = clientOf(stack.address);
  await vi.waitFor(
    async () => {
      const status = await client.status(id);
      answers += JSON.stringify(status);
      expect(status.state).toBe(state);
    },
    { timeout: 30_000, interval: 300 },
  );
}

beforeAll(async () => {
  receiver = await startReceiver();
  stack = await startStack({ notifyUrl: receiver.url, notifySecret });
  const client = clientOf(stack.address);
  const books = booksOf(stack.address);
  const order = {
    amount: 49_900,
    redirectUrl: "https://shop.example/back",
    customer: { id: PAYER.customerId, phone: PAYER.phone, email: PAYER.email },
    device: { ip: PAYER.deviceIp, id: PAYER.deviceId, userAgent: PAYER.userAgent },
  };
  answers += JSON.stringify(await client.initiate({ ...order, merchantOrderId: "leak-1" }));
  await books.settle("leak-1", "success");
  await settled("leak-1", "COMPLETED");
  await client.refund({ merchantOrderId: "leak-1", merchantRefundId: "leak-r1", amount: 1_000 });
  await client.initiate({ ...order, merchantOrderId: "leak-2", preferredProvider: "razorpay" });
  const [attempt] = (await client.status("leak-2")).attempts;
  const link = `${stack.address.sandbox}/razorpay/admin/links/${attempt?.providerOrderId}`;
  await callAdmin(`${link}/settle`, "POST", { outcome: "success" });
  await settled("leak-2", "COMPLETED");
  await client.initiate({ ...order, merchantOrderId: "leak-3" });
  await books.settle("leak-3", "fail-order");
  await settled("leak-3", "FAILED");
  madeSecret = await madeKey();
  await mistakes();
  await vi.waitUntil(() => receiver.received.length >= 3, { timeout: 20_000 });
});

afterAll(async () => {
  await stack.stop();
  receiver.close();
});

/**
 * Everything below the state directory, byte for byte. Not the local runtime's own trace of URLs: the platform's log of
 * a deployed gateway leaves queries out (`redact_query_string`).
 */
function stored(): string {
  return readdirSync(stack.stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/observability/"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

/** By name: what must stand nowhere. */
function secrets(): Record<string, string> {
  const { keys, phonepe, razorpay, webhook } = stack.address;
  const master: { keys: Record<string, string> } = JSON.parse(stack.secrets.MASTER_KEYS);
  return {
    ...Object.fromEntries(
      Object.entries(master.keys).map(([id, key]) => [`master key ${id}`, key]),
    ),
    "the shop's API secret": keys.shop.secret,
    "the operator's API secret": keys.operator.secret,
    "an API secret that was made here": madeSecret,
    "PhonePe's client secret": phonepe.clientSecret,
    "PhonePe's salt key": phonepe.saltKey,
    "PhonePe's webhook password": webhook.password,
    "Razorpay's key secret": razorpay.keySecret,
    "Razorpay's webhook secret": razorpay.webhookSecret,
    "the notification secret": notifySecret,
  };
}

const PERSONAL = {
  ...PAYER,
  "a full VPA": VPA,
  "the phone without its country": PAYER.phone.slice(3),
};

/** Names of what the text holds, as it is, in base64, in hex or as part of a URL. */
function found(text: string, planted: Readonly<Record<string, string>>): string[] {
  return Object.entries(planted).flatMap(([name, value]) => {
    const bytes = Buffer.from(value);
    const forms = [
      value,
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      encodeURIComponent(value),
    ];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}

/** OAuth tokens of the sandbox: JWTs that name no order, as those in pay URLs do. */
function tokensIn(text: string): string[] {
  return [...text.matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)\./g)].flatMap(([, payload = ""]) => {
    const claims = Buffer.from(payload, "base64url").toString();
    return claims.includes('"merchantOrderId"') ? [] : [claims];
  });
}

describe("I10: secrets and persons", () => {
  it("finds what is planted, in every form", () => {
    for (const form of [PAYER.email, btoa(PAYER.email), encodeURIComponent(PAYER.email)]) {
      expect(found(`a log line with ${form} in it`, PERSONAL)).toEqual(["email"]);
    }
    const token = ['{"alg":"HS256"}', '{"jti":"1"}']
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
    expect(tokensIn(`a header with ${token}.signature`)).toHaveLength(1);
    expect(stored()).toContain("leak-1");
    expect(answers).toContain("leak-1");
  });

  it("I10: no log holds one", () => {
    expect(found(stack.logs(), { ...secrets(), ...PERSONAL })).toEqual([]);
    expect(tokensIn(stack.logs())).toEqual([]);
  });

  it("I10, GCM-6: no file of objects or KV holds one", () => {
    expect(found(stored(), { ...secrets(), ...PERSONAL })).toEqual([]);
    expect(tokensIn(stored())).toEqual([]);
  });

  it("I10, PRB-3: no answer holds one, whatever went wrong", () => {
    expect(found(answers, { ...secrets(), ...PERSONAL })).toEqual([]);
    expect(tokensIn(answers)).toEqual([]);
  });

  it("WHK-8: no notification holds one", () => {
    const told = receiver.received.map(({ headers, body }) => `${[...headers].join()}${body}`);
    expect(found(told.join("\n"), { ...secrets(), ...PERSONAL })).toEqual([]);
  });
});
