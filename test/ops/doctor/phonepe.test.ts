import { describe, expect, it } from "vitest";
import { judgeOAuth } from "../../../src/ops/doctor/check-oauth.ts";
import { judgeStatus } from "../../../src/ops/doctor/check-status.ts";
import { judgeToken } from "../../../src/ops/doctor/check-token.ts";
import { PHONEPE_URLS, placeOf } from "../../../src/ops/doctor/phonepe-place.ts";
import { example } from "../../providers/examples.ts";
import { answer, answerLike, credentials, LOCAL_VARS, silent } from "./answers.ts";

const production = placeOf(PHONEPE_URLS.production.PHONEPE_OAUTH_URL);
const local = placeOf(LOCAL_VARS.PHONEPE_OAUTH_URL);

describe("OAuth", () => {
  const judge = (...[given, more = {}, place = local]: Parameters<typeof caseOf>) =>
    judgeOAuth(...caseOf(given, more, place));
  const caseOf = (
    given: Parameters<typeof judgeOAuth>[0],
    more: Parameters<typeof credentials>[0] = {},
    place = local,
  ) => [given, { credentials: credentials(more), place }] as const;

  it("contract.md 2.2: a token means that the client is right", () => {
    expect(judge(answerLike("oauth-token-response")).level).toBe("ok");
  });

  it.each([
    ["400 INVALID_CLIENT", answerLike("oauth-error-invalid-client")],
    ["401 INVALID_CLIENT", answer(401, example("oauth-error-invalid-client"))],
    ["401 without a body", answer(401)],
  ])("CF-23: %s means the credentials", (_, given) => {
    const finding = judge(given);
    expect(finding.level).toBe("fail");
    expect(finding.says).toContain("refuses the client");
  });

  it.each([
    ["a salt key", { saltKey: "the-client-secret" }, local, "Likely clientSecret"],
    ["a version that is not 1", { clientVersion: 3 }, local, "Likely clientVersion"],
    ["version 1 in production", { clientId: "SU25" }, production, "Likely clientVersion"],
    ["a sandbox id in production", { clientVersion: 2 }, production, "Likely clientId"],
    [
      "something of a salt key's form",
      { clientSecret: "099eb0cd-02cf-4e2a-8aca-3e6c6aff0399" },
      local,
      "form of a version 1 salt key",
    ],
  ])("PP-01, PP-02: a refused client with %s is told so", (...[, more, place, says]) => {
    expect(judge(answerLike("oauth-error-invalid-client"), more, place).says).toContain(says);
  });

  it.each([
    ["Api Mapping Not Found", answerLike("error-api-mapping-not-found")],
    ["a 404 page", answer(404, "<html>no</html>")],
    ["a redirect", answer(302)],
  ])("PP-01: %s means the URL, and the right one is said", (_, given) => {
    const finding = judge(given, {}, placeOf("https://api.phonepe.com/apis/pg"));
    expect(finding.level).toBe("fail");
    expect(finding.mend).toContain(PHONEPE_URLS.production.PHONEPE_OAUTH_URL);
  });

  it("PP-02: on this machine a rehearsal of production is told production's path", () => {
    const place = placeOf("http://127.0.0.1:8788/apis/pg");
    const { mend } = judge(answerLike("error-api-mapping-not-found"), {}, place);
    expect(mend).toContain("http://127.0.0.1:8788/apis/identity-manager.");
  });

  it.each([
    [answer(400, { code: "KEY_NOT_CONFIGURED" }), "version 1 and version 2"],
    [answer(400, { code: "INTERNAL_SECURITY_BLOCK_1" }), "security blocks"],
    [answerLike("oauth-error-missing-field"), "does not understand"],
    [answer(403, "<html>"), "firewall"],
    [answer(429), "too many requests"],
    [answer(503, "R999"), "nothing is proven"],
    [silent, "nothing listens there"],
  ])("PP-01 to PP-03: %# is told from a wrong client", (given, says) => {
    const finding = judge(given);
    expect(finding.level).toBe("fail");
    expect(finding.says).toContain(says);
    expect(finding.says).not.toContain("refuses the client");
  });
});

describe("token", () => {
  const nowMs = 1_790_750_730_000;
  const nowSec = nowMs / 1_000;
  const token = (more: object) =>
    JSON.stringify({ access_token: "the-token", token_type: "O-Bearer", ...more });

  it("contract.md 2.2: PhonePe's sample passes", () => {
    const { finding, authorization } = judgeToken(
      JSON.stringify(example("oauth-token-response")),
      nowMs,
    );
    expect(finding).toMatchObject({ level: "ok", says: "lives 10410 minutes." });
    expect(authorization).toMatch(/^O-Bearer eyJ/);
  });

  it.each([
    ["no expires_at", token({}), "fail", false],
    ["a page", "<html>", "fail", false],
    ["one that has run out", token({ expires_at: nowSec }), "fail", false],
    ["milliseconds", token({ expires_at: nowMs + 3_600_000 }), "fail", true],
    ["nine minutes", token({ expires_at: nowSec + 540 }), "warn", true],
    ["ten minutes", token({ expires_at: nowSec + 600 }), "ok", true],
    ["another type", token({ token_type: "Bearer", expires_at: nowSec + 3_600 }), "warn", true],
  ])("contract.md 2.2: %s", (...[, text, level, usable]) => {
    const { finding, authorization } = judgeToken(text, nowMs);
    expect(finding.level).toBe(level);
    expect(authorization !== undefined).toBe(usable);
    expect(JSON.stringify(finding)).not.toContain("the-token");
  });

  it("contract.md 2.2: a token that ran out while it should live points to this machine's clock", () => {
    const text = token({ issued_at: nowSec - 9_000, expires_at: nowSec - 5_400 });
    expect(judgeToken(text, nowMs).finding.mend).toContain("clock");
  });
});

describe("a question for an order that does not exist", () => {
  const place = placeOf(PHONEPE_URLS.production.PHONEPE_PG_URL);
  const judge = (given: Parameters<typeof judgeStatus>[0]) => judgeStatus(given, { place });

  it.each(["error-not-found-order", "error-not-found-order-404", "error-not-found-order-mapping"])(
    "CF-02: %s is the right answer",
    (name) => {
      expect(judge(answerLike(name)).level).toBe("ok");
    },
  );

  it.each([
    ["error-unauthorized", "refuses it (401)"],
    ["error-unauthorized-pr004", "refuses it (401)"],
    ["error-unauthorized-string-code", "refuses it (401)"],
    ["error-forbidden", "permission"],
    ["error-api-mapping-not-found", "no payment API at /apis/pg"],
    ["error-internal-server-error", "nothing is proven"],
    ["error-too-many-requests", "too many requests"],
    ["error-bad-request", "fits none"],
  ])("PP-03: %s is told apart", (name, says) => {
    const finding = judge(answerLike(name));
    expect(finding.level).toBe("fail");
    expect(finding.says).toContain(says);
  });

  it.each([
    ["PP-01: version 1's base", answer(400, { code: "KEY_NOT_CONFIGURED" }), "fail"],
    [
      "PP-02: a domain that is not registered",
      answer(403, { code: "INTERNAL_SECURITY_BLOCK_1" }),
      "fail",
    ],
    ["PP-03: a firewall", answer(403, "<html>"), "fail"],
    ["PP-03: a redirect", answer(301), "fail"],
    ["PP-03: silence", silent, "fail"],
    ["an order after all", answerLike("order-status-minimal"), "warn"],
  ])("%s", (_, given, level) => {
    expect(judge(given).level).toBe(level);
  });

  it.each([
    ["error-not-found-order", "warn"],
    ["error-unauthorized", "fail"],
  ])("UAT-07: a refused token, and %s with a fresh one", (name, level) => {
    const seen = { place, withFreshToken: answerLike(name) };
    expect(judgeStatus(answerLike("error-unauthorized"), seen).level).toBe(level);
  });
});
