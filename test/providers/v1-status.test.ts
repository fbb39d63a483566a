import { describe, expect, it } from "vitest";
import { fetchV1Status, type Guarded } from "#providers";

const SALT = "demo-salt-key-not-real";

function askWith(body: string, status = 200) {
  const requests: Parameters<Guarded>[1][] = [];
  const answer = fetchV1Status(
    {
      guarded: async (_, request) => {
        requests.push(request);
        return { type: "answer", status, text: body, retryAfter: null };
      },
      v1Url: "https://api.phonepe.com/apis/hermes",
      phonePeMerchantId: "DEMOMERCHANTUAT",
      saltKey: SALT,
      saltIndex: 1,
    },
    "txn_000123",
  );
  return { answer, requests };
}

describe("PhonePe v1 status", () => {
  it("contract.md 6.8: the path and its checksum are those of the published vector", async () => {
    const { answer, requests } = askWith('{"code":"PAYMENT_SUCCESS"}');
    await answer;
    expect(requests[0]?.url).toBe(
      "https://api.phonepe.com/apis/hermes/pg/v1/status/DEMOMERCHANTUAT/txn_000123",
    );
    expect(requests[0]?.headers["x-verify"]).toBe(
      "6cd3ecdbca99435736e52e3c60ac719b4c460b1ab84d061de22de9791f23da92###1",
    );
    expect(requests[0]?.headers["x-merchant-id"]).toBe("DEMOMERCHANTUAT");
  });

  it.each([
    ["PAYMENT_SUCCESS", true, true],
    ["PAYMENT_ERROR", false, true],
    ["PAYMENT_DECLINED", false, true],
    ["TIMED_OUT", false, true],
    ["PAYMENT_PENDING", false, false],
    ["PAYMENT_INITIATED", false, false],
    ["INTERNAL_SERVER_ERROR", false, false],
    ["TRANSACTION_NOT_FOUND", false, true],
    ["INVALID_TRANSACTION_ID", false, true],
    ["SOMETHING_NEW", false, false],
  ])("contract.md 6.8: %s means paid %s, final %s", async (code, paid, final) => {
    const { answer } = askWith(JSON.stringify({ success: true, code }));
    expect(await answer).toEqual({ type: "known", code, paid, final });
  });

  it.each(["BAD_REQUEST", "AUTHORIZATION_FAILED", "KEY_NOT_CONFIGURED"])(
    "contract.md 6.8: %s says nothing about the payment",
    async (code) => {
      const { answer } = askWith(JSON.stringify({ success: false, code }), 400);
      expect(await answer).toEqual({ type: "unreachable", reason: code });
    },
  );

  it("contract.md 7.1: an answer that is no JSON says nothing either", async () => {
    expect(await askWith("R999", 503).answer).toEqual({ type: "unreachable", reason: "http_503" });
  });
});
