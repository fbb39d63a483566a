import { describe, expect, it } from "vitest";
import { isAllowedNotifyUrl } from "#events";
import { parseDirectory } from "#vault";
import {
  judgeClientId,
  judgeClientVersion,
  judgeNotifyUrl,
  judgeSecretShape,
  judgeSharedCredentials,
  judgeWebhookLogin,
} from "../../../src/ops/doctor/check-merchant.ts";
import { findingLine } from "../../../src/ops/doctor/finding.ts";
import { credentials } from "./answers.ts";

const merchants = (...entries: object[]) => [
  ...parseDirectory(JSON.stringify({ merchants: entries })).merchants.values(),
];
const merchant = (more: object) => ({ id: "demo", apiKeys: [], ...more });

describe("client", () => {
  it.each([
    ["the salt key itself", { clientSecret: "the-salt", saltKey: "the-salt" }, "version 1"],
    ["a salt key with its index", { clientSecret: "the-salt###1" }, "version 1"],
    ["a line end behind the secret", { clientSecret: "the-secret\n" }, "blank"],
    ["a blank before the id", { clientId: " DEMO" }, "blank"],
  ])("PP-01: %s as the version 2 client fails", (_, more, says) => {
    const finding = judgeSecretShape(credentials(more));
    expect(finding.level).toBe("fail");
    expect(finding.says).toContain(says);
    expect(findingLine(finding)).not.toContain("the-salt");
  });

  it("PP-01: a salt key beside a client secret is as it should be", () => {
    expect(judgeSecretShape(credentials({ saltKey: "another" })).level).toBe("ok");
  });

  it.each([
    ["DEMOMERCHANTUAT_2611", "production", "warn"],
    ["DEMOMERCHANTUAT_2611", "sandbox", "ok"],
    ["DEMOMERCHANTUAT_2611", "local", "ok"],
    ["SU2511201234567890", "production", "ok"],
    ["SU2511201234567890", "sandbox", "warn"],
    ["SU2511201234567890", "other", "ok"],
  ] as const)("PP-02: client id %s at %s: %s, masked", (clientId, kind, level) => {
    const finding = judgeClientId(credentials({ clientId }), kind);
    expect(finding.level).toBe(level);
    expect(finding.says).not.toContain(clientId);
  });

  it.each([
    [1, "production", "warn"],
    [3, "production", "ok"],
    [1, "sandbox", "ok"],
    [3, "sandbox", "warn"],
    [2, "local", "warn"],
    [2, "other", "ok"],
  ] as const)("PP-02: client version %i at %s: %s", (clientVersion, kind, level) => {
    expect(judgeClientVersion(credentials({ clientVersion }), kind).level).toBe(level);
  });
});

describe("webhook login", () => {
  it.each(["abcde", "a_2345678901234567890"])("contract.md 6.1: username %s", (webhookUsername) => {
    const level = webhookUsername.length <= 20 ? "ok" : "fail";
    expect(judgeWebhookLogin(credentials({ webhookUsername })).level).toBe(level);
  });

  it.each(["abcd", "has-dash", "has blank", "name\n"])(
    "contract.md 6.1: username %j fails",
    (webhookUsername) => {
      expect(judgeWebhookLogin(credentials({ webhookUsername })).level).toBe("fail");
    },
  );

  it.each(["abc1234", "a12345678901234567890", "lettersOnly", "12345678"])(
    "contract.md 6.1: password %s fails, unquoted",
    (webhookPassword) => {
      const finding = judgeWebhookLogin(credentials({ webhookPassword }));
      expect(finding.level).toBe("fail");
      expect(findingLine(finding)).not.toContain(webhookPassword);
    },
  );

  it.each(["abcd1234", "a1234567890123456789"])("contract.md 6.1: password %s", (password) => {
    expect(judgeWebhookLogin(credentials({ webhookPassword: password })).level).toBe("ok");
  });
});

describe("notifyUrl", () => {
  const notifySecret = `whsec_${btoa("0123456789".repeat(3))}`;
  const judge = (more: object, policy: "development" | "production" = "production") => {
    const [one] = merchants(merchant(more));
    if (!one) throw new Error("one merchant");
    return judgeNotifyUrl(one, { policy, isAllowedUrl: isAllowedNotifyUrl }).level;
  };

  it.each([
    ["none", {}, "ok"],
    ["https", { notifyUrl: "https://shop.example.com/hook", notifySecret }, "ok"],
    ["http", { notifyUrl: "http://shop.example.com/hook", notifySecret }, "fail"],
    ["this machine", { notifyUrl: "http://127.0.0.1:3000/", notifySecret }, "fail"],
    ["a URL without a secret", { notifyUrl: "https://shop.example.com/hook" }, "fail"],
    ["a secret without a URL", { notifySecret }, "fail"],
  ] as const)("WHK-9: in production %s", (_, more, level) => {
    expect(judge(more)).toBe(level);
  });

  it("WHK-9: in development this machine is allowed", () => {
    expect(judge({ notifyUrl: "http://127.0.0.1:3000/", notifySecret }, "development")).toBe("ok");
  });
});

describe("merchants side by side", () => {
  const a = merchant({ id: "a", phonepe: credentials() });
  const pair = { webhookUsername: "other_hook", webhookPassword: "otherHook123" };

  it("api.md 5: different ones pass", () => {
    const b = merchant({ id: "b", phonepe: credentials({ clientId: "OTHER", ...pair }) });
    expect(judgeSharedCredentials(merchants(a, b)).level).toBe("ok");
  });

  it("api.md 5: one webhook login for two is told, by merchant", () => {
    const b = merchant({ id: "b", phonepe: credentials({ clientId: "OTHER" }) });
    const finding = judgeSharedCredentials(merchants(a, b));
    expect(finding.level).toBe("warn");
    expect(finding.says).toMatch(/^a, b have one webhook login/);
  });

  it("api.md 5: one PhonePe client for two is told", () => {
    const b = merchant({ id: "b", phonepe: credentials(pair) });
    expect(judgeSharedCredentials(merchants(a, b)).says).toContain("one clientId");
  });
});
