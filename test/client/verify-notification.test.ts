import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { utf8 } from "#base";
import { NotificationError, verifyNotification } from "#client";
import { signNotification } from "#vault";
import standardWebhooks from "../vectors/standard-webhooks.json" with { type: "json" };
import { base64Of, bytesOf } from "./vectors.ts";

const NOW_SEC = 1_774_074_486;
const SECRET = `whsec_${btoa("a secret of thirty-two bytes, 1.")}`;
const OTHER = `whsec_${btoa("a secret of thirty-two bytes, 0.")}`;
const ID = "pay_1_1";
const BODY = '{"type":"payment.completed","data":{"note":"₹"}}';

afterEach(() => {
  vi.useRealTimers();
});

interface Sent {
  readonly id?: string;
  readonly timestamp?: string;
  readonly signature?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly secrets?: readonly string[];
  readonly nowSec?: number;
}

/** "valid", or the reason of the refusal. */
async function verdictOf(sent: Sent): Promise<string> {
  const headers = new Headers();
  if (sent.id !== undefined) headers.set("webhook-id", sent.id);
  if (sent.timestamp !== undefined) headers.set("webhook-timestamp", sent.timestamp);
  if (sent.signature !== undefined) headers.set("webhook-signature", sent.signature);
  const options = { secrets: sent.secrets ?? [SECRET], nowSec: sent.nowSec ?? NOW_SEC };
  try {
    const { id } = await verifyNotification({ headers, body: sent.body ?? BODY }, options);
    expect(id).toBe(sent.id);
    return "valid";
  } catch (error) {
    if (!(error instanceof NotificationError)) throw error;
    return error.reason;
  }
}

/** What the standard's own library says, in our words. */
function theirVerdict(
  secret: string,
  { body, headers }: { readonly body: string; readonly headers: Record<string, string> },
): string {
  try {
    const value = new Webhook(secret).verify(body, headers);
    return JSON.stringify(value) === body ? "valid" : "another body";
  } catch (error) {
    return /timestamp/i.test(String(error)) ? "timestamp" : String(error);
  }
}

async function signed(timestampSec = NOW_SEC, secrets = [SECRET]): Promise<Sent> {
  const signature = await signNotification(secrets, { id: ID, timestampSec, body: BODY });
  return { id: ID, timestamp: String(timestampSec), signature, body: BODY };
}

describe("the standard's vectors", () => {
  it("WHK-1: they are all there, with our tolerance", () => {
    expect(standardWebhooks.vectors).toHaveLength(standardWebhooks.count);
    expect(new Set(standardWebhooks.vectors.map((vector) => vector.tolerance_s))).toEqual(
      new Set([300]),
    );
  });

  it.each(standardWebhooks.vectors)("WHK-1: $id is $expect", async (vector) => {
    const verdict = await verdictOf({
      id: vector.headers["webhook-id"],
      timestamp: vector.headers["webhook-timestamp"],
      signature: vector.headers["webhook-signature"],
      body: bytesOf(vector.body_b64),
      secrets: [vector.secret],
      nowSec: vector.now,
    });
    const expected = { valid: ["valid"], invalid: ["header_missing", "timestamp", "signature"] };
    const either = [...expected.valid, ...expected.invalid];
    expect(new Map(Object.entries({ ...expected, either })).get(vector.expect)).toContain(verdict);
  });
});

describe("freshness", () => {
  it.each([
    [-301, "timestamp"],
    [-300, "valid"],
    [0, "valid"],
    [300, "valid"],
    [301, "timestamp"],
  ])("WHK-7: a time %i s from ours is %s", async (ageSec, expected) => {
    expect(await verdictOf(await signed(NOW_SEC + ageSec))).toBe(expected);
  });

  it.each(["1774074486.0", "+1774074486", "-1", "0x69be3c76", "1774074486 0", "NaN", "1e9"])(
    "WHK-1: the time %j is not whole seconds",
    async (timestamp) => {
      expect(await verdictOf({ ...(await signed()), timestamp })).toBe("timestamp");
    },
  );
});

describe("refusals", () => {
  it.each(["id", "timestamp", "signature"])("WHK-1: without its %s it is refused", async (name) => {
    expect(await verdictOf({ ...(await signed()), [name]: undefined })).toBe("header_missing");
  });

  it.each([
    ["another id", { id: "pay_1_2" }],
    ["another time", { timestamp: String(NOW_SEC + 1) }],
    ["one byte more", { body: `${BODY} ` }],
    ["another spelling of the same JSON", { body: BODY.replace("₹", "\\u20b9") }],
    ["an empty body", { body: "" }],
    ["another secret", { secrets: [OTHER] }],
    ["no secret at all", { secrets: [] }],
  ])("WHK-7: %s is refused", async (_, change) => {
    expect(await verdictOf({ ...(await signed()), ...change })).toBe("signature");
  });

  it.each([
    ["no version", (mac: string) => mac.slice("v1,".length)],
    ["version 0", (mac: string) => mac.replace("v1", "v0")],
    ["version 1a", (mac: string) => mac.replace("v1", "v1a")],
    ["upper case V1", (mac: string) => mac.replace("v1", "V1")],
    ["nothing behind the version", () => "v1,"],
    ["a signature cut short", (mac: string) => mac.slice(0, -5)],
    ["no base64", () => "v1,%%%"],
    ["hex", (mac: string) => `v1,${new Uint8Array(bytesOf(mac.slice(3))).toHex()}`],
    ["comma-separated signatures", (mac: string) => `v1,AAAA,${mac}`],
  ])("WHK-1: with %s it is refused", async (_, edit) => {
    const sent = await signed();
    expect(await verdictOf({ ...sent, signature: edit(sent.signature ?? "") })).toBe("signature");
  });

  it("API-4: of a flood of signatures only the first ones are looked at", async () => {
    const sent = await signed();
    const flood = Array.from({ length: 16 }, () => `v1,${btoa("x".repeat(32))}`).join(" ");
    const signature = `${flood} ${sent.signature ?? ""}`;
    expect(await verdictOf({ ...sent, signature })).toBe("signature");
  });

  it("style.md 5: a secret that is none is the programmer's mistake, never an acceptance", async () => {
    for (const secret of ["", "whsec_", "whsec_%%%"]) {
      const sent = { ...(await signed()), secrets: [secret] };
      expect(await verdictOf(sent).catch((error: unknown) => error)).toBeInstanceOf(TypeError);
    }
  });
});

describe("rotation", () => {
  it.each([
    ["the sender has both, the receiver the new one", [SECRET, OTHER], [SECRET]],
    ["the sender has both, the receiver the old one", [SECRET, OTHER], [OTHER]],
    ["the receiver has both, the sender the new one", [SECRET], [OTHER, SECRET]],
    ["the receiver has both, the sender the old one", [OTHER], [OTHER, SECRET]],
  ])("WHK-3: %s", async (_, senders, receivers) => {
    expect(await verdictOf({ ...(await signed(NOW_SEC, senders)), secrets: receivers })).toBe(
      "valid",
    );
  });
});

describe("agreement with the standard's own library", () => {
  const message = fc.record({
    secret: fc.uint8Array({ minLength: 24, maxLength: 64 }),
    id: fc.stringMatching(/^[A-Za-z0-9_]{1,40}$/),
    body: fc.jsonValue().map((value) => JSON.stringify(value)),
    timestampSec: fc.integer({ min: NOW_SEC - 400, max: NOW_SEC + 400 }),
  });

  it("WHK-1: what it signs we accept, within the tolerance and not outside", async () => {
    await fc.assert(
      fc.asyncProperty(message, async ({ secret, id, body, timestampSec }) => {
        const text = `whsec_${base64Of(secret)}`;
        const signature = new Webhook(text).sign(id, new Date(timestampSec * 1_000), body);
        const timestamp = String(timestampSec);
        const verdict = await verdictOf({ id, timestamp, signature, body, secrets: [text] });
        expect(verdict).toBe(Math.abs(timestampSec - NOW_SEC) <= 300 ? "valid" : "timestamp");
      }),
    );
  });

  it("WHK-1: what we sign it accepts, within the tolerance and not outside", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOW_SEC * 1_000 });
    await fc.assert(
      fc.asyncProperty(message, async ({ secret, id, body, timestampSec }) => {
        const text = `whsec_${base64Of(secret)}`;
        const signature = await signNotification([text], { id, timestampSec, body });
        const headers = {
          "webhook-id": id,
          "webhook-timestamp": String(timestampSec),
          "webhook-signature": signature,
        };
        expect(theirVerdict(text, { body, headers })).toBe(
          Math.abs(timestampSec - NOW_SEC) <= 300 ? "valid" : "timestamp",
        );
      }),
    );
  });

  it("WHK-7: it takes a body as bytes and as the text decoded from them", async () => {
    const sent = await signed();
    expect(await verdictOf({ ...sent, body: utf8(BODY) })).toBe("valid");
    expect(await verdictOf(sent)).toBe("valid");
  });
});
