import { describe, expect, it } from "vitest";
import { call, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE } from "../payments.ts";

const chrome = (version: string) => `Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/${version}`;
const DEVICE = { id: "d1", userAgent: chrome("131.0.1"), ip: "203.0.113.9" };
const BROWSER = { origin: "https://shop.example", "user-agent": chrome("131.0.1") };

interface Sent {
  readonly device?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: { readonly keyId: string; readonly secret: string };
}

/** The fingerprint that the answer tells. */
async function fingerprintOf({
  device,
  headers = {},
  key = TEST_KEYS.alpha,
}: Sent): Promise<string> {
  const answer = await call({
    path: INITIATE,
    body: initiateBody({ device }),
    moreHeaders: headers,
    key,
  });
  expect(answer.status).toBe(201);
  const print = /"fingerprint":"([0-9a-f]{64})"/.exec(answer.text)?.[1];
  if (print === undefined) throw new Error(`no fingerprint in ${answer.text}`);
  return print;
}

describe("POST /api/payments/initiate: security.fingerprint", () => {
  it.each<[string, Sent]>([
    ["another address of the payer", { device: { ...DEVICE, ip: "198.51.100.7" } }],
    ["no address of the payer", { device: { ...DEVICE, ip: undefined } }],
    ["an update of the browser", { device: { ...DEVICE, userAgent: chrome("132.5.0") } }],
    [
      "another server of the merchant",
      { device: DEVICE, headers: { "user-agent": "okhttp/4.12.0" } },
    ],
    ["another key of the merchant", { device: DEVICE, key: TEST_KEYS.alphaNext }],
  ])("design.md 16: %s is the same device", async (_, sent) => {
    expect(await fingerprintOf(sent)).toBe(await fingerprintOf({ device: DEVICE }));
  });

  it.each<[string, Sent]>([
    ["another id of the device", { device: { ...DEVICE, id: "d2" } }],
    ["another fingerprint of the device", { device: { ...DEVICE, fingerprint: "f" } }],
    [
      "another model",
      { device: { ...DEVICE, userAgent: "Mozilla/5.0 (Linux; Android 14; Pixel 7)" } },
    ],
    ["no device", {}],
    ["the device in another browser that calls by itself", { device: DEVICE, headers: BROWSER }],
    ["another merchant", { device: DEVICE, key: TEST_KEYS.beta }],
  ])("design.md 16: %s is another fingerprint", async (_, sent) => {
    expect(await fingerprintOf(sent)).not.toBe(await fingerprintOf({ device: DEVICE }));
  });

  it("design.md 16: a browser that calls by itself is known by its connection, not by its version", async () => {
    const first = await fingerprintOf({ headers: BROWSER });
    const updated = { ...BROWSER, "user-agent": chrome("132.5.0") };
    expect(await fingerprintOf({ headers: updated })).toBe(first);
    expect(await fingerprintOf({ headers: { ...BROWSER, "accept-language": "hi-IN" } })).not.toBe(
      first,
    );
  });
});
