import { describe, expect, it, vi } from "vitest";
import { BASE, call, freshId, initiateBody, send, type TestAnswer } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { authorizationOf, completed, WEBHOOK } from "./send.ts";

const encoder = new TextEncoder();
const ACCEPTED = { accepted: true, duplicate: false };

const betaBooks = () => world.providerOf("beta");

/** A payment of merchant `beta`, paid at the provider, about which we have not asked yet. */
async function paidAtBeta(): Promise<string> {
  const body = initiateBody();
  const answer = await call({ path: INITIATE, body, key: TEST_KEYS.beta });
  expect(answer.status).toBe(201);
  const id = String(body["merchantOrderId"]);
  betaBooks().settle(id, "COMPLETED");
  return id;
}

async function stateOf(id: string): Promise<unknown> {
  return (await call({ path: `/api/payments/status/${id}`, key: TEST_KEYS.beta })).json["state"];
}

const eventually = (id: string, state: string) =>
  vi.waitFor(async () => expect(await stateOf(id)).toBe(state), { interval: 5 });

function sendRaw(
  text: string,
  headers: Record<string, string>,
  path = WEBHOOK,
): Promise<TestAnswer> {
  const all = { "content-type": "application/json", ...headers };
  return send(new Request(`${BASE}${path}`, { method: "POST", headers: all, body: text }));
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))).toHex();
}

async function hmac(secret: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))).toHex();
}

/** A v1 callback and its checksum (contract.md 6.8). */
async function callback(id: string, code: string) {
  const data = { merchantId: "M", merchantTransactionId: id, amount: 49_900, state: "COMPLETED" };
  const response = btoa(JSON.stringify({ success: true, code, message: "m", data }));
  const checksum = await sha256(`${response}salt-key-of-beta`);
  return { text: JSON.stringify({ response }), headers: { "x-verify": `${checksum}###1` } };
}

describe("HMAC mode", () => {
  it.each(["hmac-secret-of-beta", "old-hmac-secret-of-beta"])(
    "contract.md 6.2: with %s it makes us ask",
    async (secret) => {
      const id = await paidAtBeta();
      const text = JSON.stringify(completed(id));
      const headers = {
        "x-phonepe-checksum-key-id": "key_1",
        "x-phonepe-checksum-signature": await hmac(secret, text),
      };
      const answer = await sendRaw(text, headers);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(ACCEPTED);
      await eventually(id, "COMPLETED");
    },
  );

  it("contract.md 6.2: it covers the bytes as they came, blanks included", async () => {
    const id = await paidAtBeta();
    const text = ` ${JSON.stringify(completed(id), null, 2)}\n`;
    const signature = await hmac("hmac-secret-of-beta", text);
    const answer = await sendRaw(
      text,
      { "phonepe-checksum-signature": signature },
      `${WEBHOOK}/beta`,
    );
    expect(answer.json).toEqual(ACCEPTED);
  });

  it.each([
    ["a checksum of another body", "{}", "hmac-secret-of-beta"],
    ["another secret's checksum", null, "another"],
  ])("contract.md 6.2: with %s a right Authorization does not help", async (_, signed, secret) => {
    const id = await paidAtBeta();
    const text = JSON.stringify(completed(id));
    const asked = betaBooks().callsOf("orderStatus", id);
    const answer = await sendRaw(text, {
      "x-phonepe-checksum-signature": await hmac(secret, signed ?? text),
      authorization: await authorizationOf("beta"),
    });
    expectProblem(answer, "webhook_signature_invalid", WEBHOOK);
    expect(betaBooks().callsOf("orderStatus", id)).toBe(asked);
    expect(await stateOf(id)).toBe("PENDING");
  });

  it("api.md 5: another merchant's tail refuses it", async () => {
    const text = JSON.stringify(completed(freshId()));
    const headers = { "x-phonepe-checksum-signature": await hmac("hmac-secret-of-beta", text) };
    const path = `${WEBHOOK}/alpha`;
    expectProblem(await sendRaw(text, headers, path), "webhook_signature_invalid", path);
  });
});

describe("SHA mode while a password moves", () => {
  it.each(["hook_beta:hookPasswordbeta", "old_hook_beta:oldHookPasswordbeta"])(
    "PP-11: %s is accepted",
    async (pair) => {
      const id = await paidAtBeta();
      const text = JSON.stringify(completed(id));
      const answer = await sendRaw(text, { authorization: await sha256(pair) });
      expect(answer.json).toEqual(ACCEPTED);
      await eventually(id, "COMPLETED");
    },
  );
});

describe("v1", () => {
  it.each(["", "/beta", "/phonepe", "/phonepe/beta"])(
    "contract.md 6.8: a callback to the path with the tail %j makes us ask",
    async (tail) => {
      const id = await paidAtBeta();
      const { text, headers } = await callback(id, "PAYMENT_SUCCESS");
      const answer = await sendRaw(text, headers, `${WEBHOOK}${tail}`);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(ACCEPTED);
      await eventually(id, "COMPLETED");
    },
  );

  it("I4: a callback of success alone moves nothing", async () => {
    const body = initiateBody();
    await call({ path: INITIATE, body, key: TEST_KEYS.beta });
    const id = String(body["merchantOrderId"]);
    const asked = betaBooks().callsOf("orderStatus", id);
    const { text, headers } = await callback(id, "PAYMENT_SUCCESS");
    expect((await sendRaw(text, headers)).json).toEqual(ACCEPTED);
    await vi.waitFor(() => expect(betaBooks().callsOf("orderStatus", id)).toBe(asked + 1), {
      interval: 5,
    });
    expect(await stateOf(id)).toBe("PENDING");
  });

  it("contract.md 6.8: PAYMENT_PENDING makes us ask nobody", async () => {
    const id = await paidAtBeta();
    const asked = betaBooks().callsOf("orderStatus", id);
    const { text, headers } = await callback(id, "PAYMENT_PENDING");
    expect((await sendRaw(text, headers)).json).toEqual(ACCEPTED);
    expect(betaBooks().callsOf("orderStatus", id)).toBe(asked);
  });

  it("contract.md 6.7: the same callback again is a duplicate", async () => {
    const id = await paidAtBeta();
    const { text, headers } = await callback(id, "PAYMENT_SUCCESS");
    await sendRaw(text, headers);
    expect((await sendRaw(text, headers)).json).toEqual({ accepted: true, duplicate: true });
  });

  it("api.md 5: a callback for an order that we do not know is kept", async () => {
    const { text, headers } = await callback(freshId("stray"), "PAYMENT_SUCCESS");
    expect((await sendRaw(text, headers)).json).toEqual({ ...ACCEPTED, matched: false });
  });

  it("contract.md 6.8: the checksum of another callback is refused", async () => {
    const { text } = await callback(await paidAtBeta(), "PAYMENT_SUCCESS");
    const { headers } = await callback(freshId(), "PAYMENT_SUCCESS");
    expectProblem(await sendRaw(text, headers), "webhook_signature_invalid", WEBHOOK);
  });

  it("api.md 5: a signed callback without its order is 422", async () => {
    const { text, headers } = await callback("", "PAYMENT_SUCCESS");
    expectProblem(await sendRaw(text, headers), "validation_failed", WEBHOOK);
  });

  it("contract.md 6.8: beside X-VERIFY a v2 body with a right Authorization is refused", async () => {
    const text = JSON.stringify(completed(await paidAtBeta()));
    const answer = await sendRaw(text, {
      "x-verify": "anything",
      authorization: await authorizationOf("beta"),
    });
    expectProblem(answer, "webhook_signature_invalid", WEBHOOK);
  });
});
