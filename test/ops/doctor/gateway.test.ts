import { describe, expect, it } from "vitest";
import { isAllowedNotifyUrl } from "#events";
import { judgeClock } from "../../../src/ops/doctor/check-clock.ts";
import {
  judgeGatewayUrl,
  judgeHealth,
  judgeJavaAgent,
  judgeRefusal,
} from "../../../src/ops/doctor/check-gateway.ts";
import { judgeWebhook } from "../../../src/ops/doctor/check-webhook.ts";
import { answer, silent } from "./answers.ts";

const refused = answer(401, { status: 401, code: "webhook_signature_invalid" });
const taken = answer(200, { accepted: true, duplicate: true, matched: false });
const addressRefused = answer(403, { code: "ip_not_allowed" });
const integrityCheck = answer(403, "error code: 1010");

describe("webhook URL", () => {
  const judge = (
    url: string,
    policy: "development" | "production" = "production",
    provider: "production" | "sandbox" | "local" = "production",
  ) => judgeGatewayUrl(url, { policy, provider, isAllowedUrl: isAllowedNotifyUrl }).level;

  it.each([
    ["https://pay.example.com", "ok"],
    ["https://pay.example.com/", "ok"],
    ["http://pay.example.com", "fail"],
    ["https://127.0.0.1", "fail"],
    ["https://gateway.internal", "fail"],
    ["https://192.168.1.7", "fail"],
    ["https://pay.example.com/api/payments", "fail"],
    ["pay.example.com", "fail"],
    ["mailto:pay@example.com", "fail"],
  ] as const)("PP-05: in production %s: %s", (url, level) => {
    expect(judge(url)).toBe(level);
  });

  it("PP-05: in development this machine will do, but not for PhonePe's own sandbox", () => {
    expect(judge("http://127.0.0.1:8787", "development", "local")).toBe("ok");
    expect(judge("http://127.0.0.1:8787", "development", "sandbox")).toBe("warn");
  });
});

describe("gateway", () => {
  it.each([
    [answer(200, { status: "ok", version: "0.1.0" }), "ok"],
    [answer(200, { status: "degraded", version: "0.1.0" }), "warn"],
    [answer(200, "<html>"), "fail"],
    [answer(302), "fail"],
    [answer(404), "fail"],
    [answer(500, { code: "internal_error" }), "fail"],
    [silent, "fail"],
  ])("api.md 7: health, %#", (given, level) => {
    expect(judgeHealth(given).level).toBe(level);
  });

  it("api.md 8: a broken configuration is told from a wrong address", () => {
    const { says } = judgeHealth(answer(500, { code: "internal_error" }));
    expect(says).toContain("configuration is broken");
  });

  it.each([
    ["the gateway's 401", refused, "ok"],
    ["somebody else's 401", answer(401, "login"), "fail"],
    ["PhonePe's addresses only", addressRefused, "note"],
    ["200", taken, "fail"],
    ["a redirect to a login", answer(302), "fail"],
    ["404", answer(404), "fail"],
    ["silence", silent, "fail"],
  ] as const)("api.md 5: wrong credentials are answered by %s", (_, given, level) => {
    expect(judgeRefusal(given).level).toBe(level);
  });

  it.each([
    ["the same as others", refused, "ok"],
    ["403 error 1010", integrityCheck, "fail"],
    ["another 403", answer(403, "error code: 1020"), "fail"],
    ["a challenge", answer(503), "fail"],
    ["silence", silent, "note"],
  ] as const)("PP-06: Java/1.8 gets %s", (_, given, level) => {
    expect(judgeJavaAgent(given, refused).level).toBe(level);
  });

  it("PP-06: error 1010 is called by its name, with the rule that mends it", () => {
    const { says, mend } = judgeJavaAgent(integrityCheck, integrityCheck);
    expect(says).toContain("1010");
    expect(mend).toContain("Skip, Browser Integrity Check");
  });
});

describe("a webhook with the right credentials", () => {
  const judge = (...answers: Parameters<typeof judgeWebhook>) =>
    judgeWebhook(...answers).map(({ level, says }) => `${level} ${says}`);

  it("PP-05: SHA alone is taken; that HMAC at PhonePe would fail is noted", () => {
    expect(judge({ sha: taken })).toEqual([
      expect.stringMatching(/^ok taken/),
      expect.stringMatching(/^note no webhookHmacSecret/),
    ]);
  });

  it("PP-05: both modes are taken", () => {
    expect(judge({ sha: taken, hmac: taken })).toEqual([
      expect.stringMatching(/^ok/),
      expect.stringMatching(/^ok/),
    ]);
  });

  it("PP-05: HMAC here, SHA deployed", () => {
    expect(judge({ sha: taken, hmac: refused })[1]).toMatch(/^fail SHA is taken, HMAC is refused/);
  });

  it("PP-05: HMAC deployed, another password here", () => {
    expect(judge({ sha: refused, hmac: taken })[0]).toMatch(/^fail HMAC is taken, SHA is refused/);
  });

  it("PP-05: another BOOTSTRAP altogether is not called a mix-up", () => {
    expect(judge({ sha: refused, hmac: refused })).toEqual([
      expect.stringMatching(/^fail the gateway refuses this BOOTSTRAP's webhook username/),
      expect.stringMatching(/^fail the gateway refuses this BOOTSTRAP's webhookHmacSecret/),
    ]);
  });

  it.each([
    ["an order that exists", answer(200, { accepted: true, duplicate: false }), "warn"],
    ["an error", answer(500), "fail"],
    ["PhonePe's addresses only", addressRefused, "note"],
    ["silence", silent, "fail"],
  ] as const)("api.md 5: %s", (_, sha, level) => {
    expect(judgeWebhook({ sha })[0]?.level).toBe(level);
  });
});

describe("clock", () => {
  const atMs = 1_790_750_730_000;
  const sample = (aheadSec: number, tookMs = 0) => ({
    source: "PhonePe",
    date: new Date(atMs + aheadSec * 1_000).toUTCString(),
    askedAtMs: atMs,
    answeredAtMs: atMs + tookMs,
  });

  it.each([
    [0, "ok"],
    [29, "ok"],
    [-29, "ok"],
    [31, "warn"],
    [-32, "warn"],
    [299, "warn"],
    [301, "fail"],
    [-302, "fail"],
  ])("api.md 1: another clock %i s ahead: %s", (aheadSec, level) => {
    expect(judgeClock([sample(aheadSec)]).level).toBe(level);
  });

  it("api.md 1: the time a call took is no skew", () => {
    expect(judgeClock([sample(35, 60_000)]).level).toBe("ok");
  });

  it("api.md 1: the worst of several counts, and the side is said", () => {
    expect(judgeClock([sample(0), sample(400)]).says).toMatch(/s behind PhonePe/);
    expect(judgeClock([sample(0), sample(-400)]).says).toMatch(/s ahead of PhonePe/);
  });

  it("api.md 1: without a Date nothing is judged", () => {
    expect(judgeClock([]).level).toBe("note");
    expect(judgeClock([{ ...sample(0), date: "soon" }]).level).toBe("note");
  });
});
