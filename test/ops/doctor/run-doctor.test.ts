import { describe, expect, it } from "vitest";
import { isAllowedNotifyUrl } from "#events";
import { type Ask, type DoctorInput, exitCodeOf, findingLine, runDoctor } from "#ops";
import type { Question } from "../../../src/ops/doctor/probe.ts";
import { TEST_BOOTSTRAP, TEST_MASTER_KEYS } from "../../support/secrets.ts";
import { answer, answerLike, credentials, LOCAL_VARS } from "./answers.ts";

/** The tests' passwords have no digit, which PhonePe would not take. */
const BOOTSTRAP = TEST_BOOTSTRAP.replaceAll('"hookPassword', '"hook1Pass');
const NOW_MS = 1_790_750_730_000;

/** PhonePe and a gateway as they should be; `more` answers first. */
function world(
  more: (question: Question) => ReturnType<typeof answer> | undefined = () => undefined,
) {
  const asked: Question[] = [];
  const ask: Ask = async (question) => {
    asked.push(question);
    return more(question) ?? right(question);
  };
  const run = (input: Partial<DoctorInput> = {}) =>
    runDoctor(
      {
        ask,
        nowMs: () => NOW_MS,
        isAllowedUrl: isAllowedNotifyUrl,
        hmacSha256Hex: async () => "hmac",
      },
      {
        vars: LOCAL_VARS,
        masterKeys: TEST_MASTER_KEYS,
        bootstrap: BOOTSTRAP,
        gatewayUrl: "http://127.0.0.1:8787",
        ...input,
      },
    );
  return { asked, run };
}

function right({ url }: Question) {
  if (url.endsWith("/v1/oauth/token")) return answerLike("oauth-token-response");
  if (url.endsWith("/status")) return answerLike("error-not-found-order");
  if (url.endsWith("/health")) return answer(200, { status: "ok" });
  if (url.endsWith("/webhook")) return answer(401, { code: "webhook_signature_invalid" });
  return answer(200, { accepted: true, matched: false });
}

describe("runDoctor", () => {
  it("PP-15: a right configuration has neither warnings nor failures", async () => {
    const findings = await world().run();
    expect(findings.filter(({ level }) => level === "warn" || level === "fail")).toEqual([]);
    expect(exitCodeOf(findings)).toBe(0);
    expect(findings.map(({ check }) => check)).toContain("beta webhook HMAC");
  });

  it("PP-15: it makes no order, and asks every merchant once", async () => {
    const { asked, run } = world();
    await run();
    const places = asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    expect(new Set(places)).toEqual(
      new Set([
        "POST /apis/pg-sandbox/v1/oauth/token",
        "GET /apis/pg-sandbox/checkout/v2/order/foolproof-doctor/status",
        "GET /api/payments/health",
        "POST /api/payments/webhook",
        "POST /api/payments/webhook/phonepe/alpha",
        "POST /api/payments/webhook/phonepe/beta",
        "POST /api/payments/webhook/phonepe/delta",
        "POST /api/payments/webhook/phonepe/gamma",
      ]),
    );
    expect(places.filter((place) => place.includes("oauth"))).toHaveLength(4);
  });

  it("PP-15: --merchant looks at that one only", async () => {
    const { asked, run } = world();
    const findings = await run({ merchantId: "beta" });
    expect(findings.some(({ check }) => check.startsWith("alpha "))).toBe(false);
    expect(asked.some(({ url }) => url.endsWith("/alpha"))).toBe(false);
    const unknown = await run({ merchantId: "nobody" });
    expect(unknown).toContainEqual(expect.objectContaining({ level: "fail", check: "--merchant" }));
  });

  it("I10: nothing secret is printed, whatever goes wrong", async () => {
    const echo = world(({ body, headers }) =>
      answer(418, { code: body ?? headers["authorization"] }),
    );
    const lines = [
      ...(await echo.run()),
      ...(await world(() => answer(200, "eyJhbGci")).run()),
      ...(await world().run({
        bootstrap: BOOTSTRAP.replaceAll("enterprise", "secret-of-alpha"),
      })),
    ].map(findingLine);
    const printed = lines.join("\n");
    for (const secret of [
      "client-secret-alpha",
      "hook1Passbeta",
      "hmac-secret-of-beta",
      "salt-key-of-beta",
      "secret-of-alpha",
      "CLIENT_ALPHA",
      "eyJhbGci",
      "AAECAwQF",
    ]) {
      expect(printed).not.toContain(secret);
    }
  });

  it("PP-02: http to a host elsewhere: the credentials stay at home", async () => {
    const { asked, run } = world();
    const findings = await run({
      vars: {
        ...LOCAL_VARS,
        PHONEPE_PG_URL: "http://api.phonepe.com/apis/pg",
        PHONEPE_OAUTH_URL: "http://api.phonepe.com/apis/identity-manager",
      },
      gatewayUrl: "http://pay.example.com",
    });
    expect(exitCodeOf(findings)).toBe(1);
    expect(asked.filter(({ url }) => url.includes("phonepe.com"))).toEqual([]);
    expect(asked.filter(({ url }) => url.includes("/webhook/phonepe/"))).toEqual([]);
  });

  it.each([
    ["variables", { vars: {} }, "variables"],
    ["BOOTSTRAP", { bootstrap: "{" }, "BOOTSTRAP"],
    ["a URL", { gatewayUrl: "pay.example.com" }, "webhook URL"],
  ])(
    "PP-15: without valid %s it says so, and goes on as far as it can",
    async (_, input, check) => {
      const findings = await world().run(input);
      expect(findings).toContainEqual(expect.objectContaining({ level: "fail", check }));
    },
  );

  it("PP-15: without a URL the gateway is not asked, which is a warning", async () => {
    const { asked, run } = world();
    const findings = await run({ gatewayUrl: undefined });
    expect(findings).toContainEqual(expect.objectContaining({ level: "warn", check: "gateway" }));
    expect(asked.some(({ url }) => url.includes("8787"))).toBe(false);
    expect(exitCodeOf(findings)).toBe(0);
  });

  it("PP-15: a merchant without PhonePe's credentials is told so", async () => {
    const bootstrap = JSON.stringify({ merchants: [{ id: "new", apiKeys: [] }] });
    const findings = await world().run({ bootstrap });
    expect(findings).toContainEqual(
      expect.objectContaining({ level: "warn", check: "new phonepe" }),
    );
  });

  it("UAT-07: a token that was revoked meanwhile is fetched once more", async () => {
    let refused = 0;
    const { asked, run } = world(({ url }) => {
      if (!url.endsWith("/status") || refused > 0) return undefined;
      refused += 1;
      return answerLike("error-unauthorized");
    });
    const phonepe = credentials();
    const bootstrap = JSON.stringify({ merchants: [{ id: "demo", apiKeys: [], phonepe }] });
    const findings = await run({ bootstrap });
    expect(findings).toContainEqual(
      expect.objectContaining({ level: "warn", check: "demo order status" }),
    );
    expect(asked.filter(({ url }) => url.endsWith("/status"))).toHaveLength(2);
  });
});
