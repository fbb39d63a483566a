import { describe, expect, it } from "vitest";
import { merchantIdSchema } from "#base";
import { otherWebhookSender, parseDirectory, webhookProvidersOf } from "#vault";

const encoder = new TextEncoder();
const HEADER = "x-razorpay-signature";
const BODY = '{"event":"payment_link.paid"}';

const merchant = (id: string, more: object = {}) => ({ id, apiKeys: [], ...more });
const razorpay = (name: string, more: object = {}) => ({
  razorpay: { keyId: `rzp_${name}`, keySecret: "s", webhookSecret: `hook-${name}`, ...more },
});
const directoryOf = (...merchants: object[]) => parseDirectory(JSON.stringify({ merchants }));

const DIRECTORY = directoryOf(
  merchant("one", razorpay("one", { webhookSecretPrevious: "old", webhookIps: ["192.0.2.0/24"] })),
  merchant("two", razorpay("two")),
  merchant("none"),
);

async function hmac(secret: string, text = BODY): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))).toHex();
}

async function senderOf(headers: Record<string, string>, merchantId?: string) {
  const proof = { headers: new Headers(headers), rawBody: new Uint8Array(encoder.encode(BODY)) };
  return otherWebhookSender(DIRECTORY, proof, {
    provider: "razorpay",
    merchantId: merchantId === undefined ? undefined : merchantIdSchema.parse(merchantId),
  });
}

describe("Razorpay's webhook signature", () => {
  it.each([
    ["hook-one", "one"],
    ["old", "one"],
    ["hook-two", "two"],
  ])("HMAC-SHA256 of the body under %s is merchant %s", async (secret, id) => {
    expect(await senderOf({ [HEADER]: await hmac(secret) })).toMatchObject({
      merchant: { id },
      scheme: "razorpay",
    });
  });

  it("hex counts in either case", async () => {
    const signature = (await hmac("hook-one")).toUpperCase();
    expect(await senderOf({ [HEADER]: signature }, "one")).toMatchObject({ scheme: "razorpay" });
  });

  it("its own list of addresses comes with it", async () => {
    const sender = await senderOf({ [HEADER]: await hmac("hook-one") });
    expect(sender?.allowIps).toHaveLength(1);
  });

  it.each([
    ["no header", async () => ({})],
    ["an empty one", async () => ({ [HEADER]: "" })],
    ["another secret", async () => ({ [HEADER]: await hmac("another") })],
    ["the key's secret", async () => ({ [HEADER]: await hmac("s") })],
    ["another body", async () => ({ [HEADER]: await hmac("hook-one", `${BODY} `) })],
    ["one cut short", async () => ({ [HEADER]: (await hmac("hook-one")).slice(0, 63) })],
    ["another header", async () => ({ "x-signature": await hmac("hook-one") })],
  ])("API-10: with %s it is nobody's", async (_, headers) => {
    expect(await senderOf(await headers())).toBeUndefined();
  });

  it.each(["two", "none"])("api.md 5: for merchant %s it is refused", async (id) => {
    expect(await senderOf({ [HEADER]: await hmac("hook-one") }, id)).toBeUndefined();
  });

  it("another provider's address does not take it", async () => {
    const headers = new Headers({ [HEADER]: await hmac("hook-one") });
    const proof = { headers, rawBody: new Uint8Array(encoder.encode(BODY)) };
    expect(await otherWebhookSender(DIRECTORY, proof, { provider: "acme" })).toBeUndefined();
  });

  it("Razorpay is a provider that sends webhooks once a merchant has it", () => {
    expect([...webhookProvidersOf(DIRECTORY)]).toEqual(["razorpay"]);
    expect([...webhookProvidersOf(directoryOf(merchant("none")))]).toEqual([]);
  });
});

describe("razorpay in BOOTSTRAP", () => {
  it.each([
    [{ keyId: "" }, "razorpay.keyId"],
    [{ keySecret: undefined }, "razorpay.keySecret"],
    [{ webhookSecret: undefined }, "razorpay.webhookSecret"],
    [{ webhookIps: ["nowhere"] }, "razorpay.webhookIps"],
  ])("api.md 8: %j is refused by its place", (more, place) => {
    expect(() => directoryOf(merchant("one", razorpay("one", more)))).toThrow(place);
  });

  it("api.md 8: Razorpay is not one of the providers without a client", () => {
    const webhooks = [{ provider: "razorpay", header: HEADER, hash: "SHA-256", secret: "s" }];
    expect(() => directoryOf(merchant("one", { webhooks }))).toThrow("has a section of its own");
  });
});
