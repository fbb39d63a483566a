import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { INITIATE, seen } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";
import amounts from "../../vectors/amounts.json" with { type: "json" };

type Row = readonly [what: string, fields: Record<string, unknown>, pointer: string | null];
const letters = (count: number) => "a".repeat(count);
const url = (length: number) => `https://shop.example/${letters(length - 21)}`;

/** Both sides of every bound of api.md 4; `null`: taken. */
const BOUNDS: readonly Row[] = [
  ["amount 99", { amount: 99 }, "/amount"],
  ["amount 100", { amount: 100 }, null],
  ["amount of ten crore rupees", { amount: 10_000_000_000 }, null],
  ["amount of a paisa more", { amount: 10_000_000_001 }, "/amount"],
  ["amount with half a paisa", { amount: 100.5 }, "/amount"],
  ["amount as text", { amount: "49900" }, "/amount"],
  ["amount null", { amount: null }, "/amount"],
  ["amount absent", { amount: undefined }, "/amount"],
  ["merchantOrderId empty", { merchantOrderId: "" }, "/merchantOrderId"],
  ["merchantOrderId of 64", { merchantOrderId: letters(64) }, "/merchantOrderId"],
  ["merchantOrderId with a dot", { merchantOrderId: "a.b" }, "/merchantOrderId"],
  ["merchantOrderId with a blank", { merchantOrderId: "a b" }, "/merchantOrderId"],
  ["merchantOrderId with a line end", { merchantOrderId: "ab\n" }, "/merchantOrderId"],
  ["merchantOrderId in Devanagari", { merchantOrderId: "रुपये" }, "/merchantOrderId"],
  ["merchantOrderId as number", { merchantOrderId: 1 }, "/merchantOrderId"],
  ["merchantOrderId null", { merchantOrderId: null }, "/merchantOrderId"],
  ["currency INR", { currency: "INR" }, null],
  ["currency inr", { currency: "inr" }, "/currency"],
  ["currency USD", { currency: "USD" }, "/currency"],
  ["redirectUrl absent", { redirectUrl: undefined }, "/redirectUrl"],
  ["redirectUrl of 2048", { redirectUrl: url(2_048) }, null],
  ["redirectUrl of 2049", { redirectUrl: url(2_049) }, "/redirectUrl"],
  ["redirectUrl with http", { redirectUrl: "http://shop.example/" }, "/redirectUrl"],
  ["redirectUrl as list", { redirectUrl: ["https://shop.example/"] }, "/redirectUrl"],
  ["expireAfter 299", { expireAfter: 299 }, "/expireAfter"],
  ["expireAfter 300", { expireAfter: 300 }, null],
  ["expireAfter 3600", { expireAfter: 3_600 }, null],
  ["expireAfter 3601", { expireAfter: 3_601 }, "/expireAfter"],
  ["expireAfter with a fraction", { expireAfter: 300.5 }, "/expireAfter"],
  ["expireAfter as text", { expireAfter: "900" }, "/expireAfter"],
  ["message of 500", { message: letters(500) }, null],
  ["message of 501", { message: letters(501) }, "/message"],
  ["message as number", { message: 1 }, "/message"],
  ["customer.id of 256", { customer: { id: letters(256) } }, null],
  ["customer.id of 257", { customer: { id: letters(257) } }, "/customer/id"],
  ["phone of 9 digits", { customer: { phone: "987654321" } }, "/customer/phone"],
  ["phone of 10 digits", { customer: { phone: "9876543210" } }, null],
  ["phone of 15 digits", { customer: { phone: "+919876543210123" } }, null],
  ["phone of 16 digits", { customer: { phone: "+9198765432101234" } }, "/customer/phone"],
  ["phone with a blank", { customer: { phone: "98765 43210" } }, "/customer/phone"],
  ["phone in Devanagari digits", { customer: { phone: "९८७६५४३२१०" } }, "/customer/phone"],
  ["phone as number", { customer: { phone: 9_876_543_210 } }, "/customer/phone"],
  ["email of 254", { customer: { email: `${letters(242)}@example.in` } }, null],
  ["email of 255", { customer: { email: `${letters(244)}@example.in` } }, "/customer/email"],
  ["email without @", { customer: { email: "a.example" } }, "/customer/email"],
  ["email with two @", { customer: { email: "a@b@c" } }, "/customer/email"],
  ["email that is @ alone", { customer: { email: "@" } }, "/customer/email"],
  ["device.ip IPv4", { device: { ip: "203.0.113.9" } }, null],
  ["device.ip IPv6", { device: { ip: "2001:db8::1" } }, null],
  ["device.ip IPv6 loopback", { device: { ip: "::1" } }, null],
  ["device.ip with an octet of 256", { device: { ip: "203.0.113.256" } }, "/device/ip"],
  ["device.ip of three octets", { device: { ip: "203.0.113" } }, "/device/ip"],
  ["device.ip with a port", { device: { ip: "203.0.113.9:80" } }, "/device/ip"],
  ["device.ip with two ::", { device: { ip: "1::2::3" } }, "/device/ip"],
  ["device.ip that is a name", { device: { ip: "localhost" } }, "/device/ip"],
  ["device.ip empty", { device: { ip: "" } }, "/device/ip"],
  ["userAgent of 256", { device: { userAgent: letters(256) } }, null],
  ["userAgent of 257", { device: { userAgent: letters(257) } }, "/device/userAgent"],
  ["device.id of 257", { device: { id: letters(257) } }, "/device/id"],
  ["fingerprint of 257", { device: { fingerprint: letters(257) } }, "/device/fingerprint"],
  ["preferredProvider phonepe", { preferredProvider: "phonepe" }, null],
  ["preferredProvider of nobody", { preferredProvider: "paypal" }, "/preferredProvider"],
];

const META: readonly Row[] = [
  ["udf1 of 256", { metaInfo: { udf1: letters(256) } }, null],
  ["udf1 of 257", { metaInfo: { udf1: letters(257) } }, "/metaInfo/udf1"],
  ["udf10 of 256 of any text", { metaInfo: { udf10: "₹".repeat(256) } }, null],
  ["udf10 of 257", { metaInfo: { udf10: letters(257) } }, "/metaInfo/udf10"],
  ["udf11 of 50", { metaInfo: { udf11: letters(50) } }, null],
  ["udf11 of 51", { metaInfo: { udf11: letters(51) } }, "/metaInfo/udf11"],
  ["udf15 of 50", { metaInfo: { udf15: letters(50) } }, null],
  ["udf15 of 51", { metaInfo: { udf15: letters(51) } }, "/metaInfo/udf15"],
  ["udf11 with all it may hold", { metaInfo: { udf11: "aZ0_-@.+" } }, null],
  ["udf11 with a blank", { metaInfo: { udf11: "a b" } }, "/metaInfo/udf11"],
  ["udf12 with a comma", { metaInfo: { udf12: "a,b" } }, "/metaInfo/udf12"],
  ["udf16", { metaInfo: { udf16: "x" } }, "/metaInfo/udf16"],
  ["udf0", { metaInfo: { udf0: "x" } }, "/metaInfo/udf0"],
  ["a renamed udf", { metaInfo: { UDF1: "x" } }, "/metaInfo/UDF1"],
  ["a udf as number", { metaInfo: { udf1: 1 } }, "/metaInfo/udf1"],
  ["metaInfo as list", { metaInfo: ["x"] }, "/metaInfo"],
];

const enabled = (...modes: unknown[]) => ({ paymentModeConfig: { enabledPaymentModes: modes } });
const v2 = (...modes: unknown[]) => ({
  paymentModeConfig: { version: "V2", enabledPaymentModes: modes },
});
const CONFIG = "/paymentModeConfig";

const MODES: readonly Row[] = [
  ["V1 without a version", enabled({ type: "UPI_INTENT" }, { type: "CARD" }), null],
  ["V1 with card types", enabled({ type: "CARD", cardTypes: ["DEBIT_CARD"] }), null],
  [
    "V1 named, modes disabled",
    { paymentModeConfig: { version: "V1", disabledPaymentModes: [{ type: "NET_BANKING" }] } },
    null,
  ],
  ["V2", v2({ type: "UPI", flows: ["QR"], apps: ["gpay"] }, { type: "CARD" }), null],
  ["V2 with banks", v2({ type: "NET_BANKING", banks: ["ICIC"] }), null],
  ["V2 with a wallet", v2({ type: "WALLET", wallets: ["PHONEPE"] }), null],
  [
    "both lists",
    {
      paymentModeConfig: {
        enabledPaymentModes: [{ type: "CARD" }],
        disabledPaymentModes: [{ type: "UPI_QR" }],
      },
    },
    CONFIG,
  ],
  ["neither list", { paymentModeConfig: {} }, CONFIG],
  ["an empty list", enabled(), `${CONFIG}/enabledPaymentModes`],
  ["a V2 mode in V1", enabled({ type: "UPI" }), CONFIG],
  ["a V1 mode in V2", v2({ type: "UPI_INTENT" }), CONFIG],
  ["V1 and V2 modes mixed", v2({ type: "UPI" }, { type: "UPI_QR" }), CONFIG],
  [
    "a version of nobody",
    { paymentModeConfig: { version: "V3", enabledPaymentModes: [{ type: "CARD" }] } },
    CONFIG,
  ],
  ["a mode of nobody", enabled({ type: "CASH" }), CONFIG],
  [
    "a card field",
    v2({ type: "CARD", cardNumber: "4111111111111111" }),
    `${CONFIG}/enabledPaymentModes/0/cardNumber`,
  ],
];

const UNKNOWN: readonly Row[] = [
  ["at the top", { note: "x" }, "/note"],
  ["in customer", { customer: { name: "x" } }, "/customer/name"],
  ["in device", { device: { os: "x" } }, "/device/os"],
  [
    "in paymentModeConfig",
    { paymentModeConfig: { x: 1, enabledPaymentModes: [{ type: "CARD" }] } },
    `${CONFIG}/x`,
  ],
  ["that holds a card (PCI-3.3.1)", { cardNumber: "4111111111111111" }, "/cardNumber"],
  ["that holds a CVV (PCI-3.3.1)", { cvv: "123" }, "/cvv"],
  ["of PhonePe's own (UAT-13)", { paymentFlow: {} }, "/paymentFlow"],
  ["named constructor", { constructor: "x" }, "/constructor"],
  ["named toString", { customer: { toString: "x" } }, "/customer/toString"],
  ["with ~ and / in its name", { "a~/b": 1 }, "/a~0~1b"],
];

async function expectTaken(fields: Record<string, unknown>): Promise<void> {
  const answer = await call({ path: INITIATE, body: initiateBody(fields) });
  expect(answer.text).toContain('"state":"PENDING"');
  expect(answer.status).toBe(201);
}

async function expectJudged([, fields, pointer]: Row): Promise<void> {
  if (pointer === null) return expectTaken(fields);
  const before = seen();
  const body = initiateBody(fields);
  const answer = await call({ path: INITIATE, body });
  expectProblem(answer, "validation_failed", INITIATE);
  expect(pointersOf(answer)).toContain(pointer);
  expect(seen()).toEqual(before);
}

describe("POST /api/payments/initiate fields", () => {
  it.each(BOUNDS)("api.md 4: %s", async (...row) => expectJudged(row));
  it.each(META)("api.md 4, UAT-13: metaInfo with %s", async (...row) => expectJudged(row));
  it.each(MODES)("contract.md 3.2: paymentModeConfig with %s", async (...row) => expectJudged(row));
  it.each(UNKNOWN)("API-3: an unknown field %s is refused", async (...row) => expectJudged(row));
});

describe("POST /api/payments/initiate ids", () => {
  it("UAT-10: a merchantOrderId of 63 characters is taken", async () => {
    const id = freshId().padEnd(63, "x");
    const answer = await call({ path: INITIATE, body: initiateBody({ merchantOrderId: id }) });
    expect(answer.json).toMatchObject({ merchantOrderId: id, state: "PENDING" });
  });

  it("IDM-3: what validation refused leaves its id and key free", async () => {
    const body = initiateBody();
    const idempotencyKey = freshId("key");
    const bad = { ...body, amount: 99 };
    expect((await call({ path: INITIATE, body: bad, idempotencyKey })).status).toBe(422);
    expect((await call({ path: INITIATE, body, idempotencyKey })).status).toBe(201);
  });

  it("PRB-3: every fault is told, not the first alone", async () => {
    const fields = { amount: 1, currency: "USD", customer: { phone: "1" }, x: 1 };
    const answer = await call({ path: INITIATE, body: initiateBody(fields) });
    expect(new Set(pointersOf(answer))).toEqual(
      new Set(["/amount", "/currency", "/customer/phone", "/x"]),
    );
  });
});

describe("amounts vectors", () => {
  it.each(amounts.vectors)("api.md 4: amount $json is accepted: $accept", async (vector) => {
    const id = freshId();
    const field = vector.json === "" ? "" : `,"amount":${vector.json}`;
    const body = `{"merchantOrderId":"${id}","redirectUrl":"https://shop.example/"${field}}`;
    const { orders } = seen();
    const answer = await call({ path: INITIATE, body });
    const right = new Map<unknown, number[]>([
      [true, [201]],
      [false, [400, 422]],
      ["either", [201, 422]],
    ]);
    expect(right.get(vector.accept)).toContain(answer.status);
    const taken = answer.status === 201;
    expect(answer.json["amount"]).toBe(taken ? Number(vector.json) : undefined);
    expect(seen().orders).toBe(orders + (taken ? 1 : 0));
  });
});
