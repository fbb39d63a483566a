import { describe, expect, it } from "vitest";
import {
  judgeApiUrls,
  judgeEnvironment,
  judgeSideUrls,
  readVars,
} from "../../../src/ops/doctor/check-environment.ts";
import { PHONEPE_URLS } from "../../../src/ops/doctor/phonepe-place.ts";
import { LOCAL_VARS, PRODUCTION_VARS, SANDBOX_VARS } from "./answers.ts";

describe("variables", () => {
  it("api.md 8: complete ones pass", () => {
    expect(readVars(PRODUCTION_VARS)).toEqual({ ok: true, value: PRODUCTION_VARS });
  });

  it.each([
    ["an unknown environment", { ENVIRONMENT: "staging" }, "ENVIRONMENT"],
    ["no URL", { PHONEPE_PG_URL: "api.phonepe.com" }, "PHONEPE_PG_URL"],
    ["another scheme", { PHONEPE_OAUTH_URL: "ftp://api.phonepe.com/" }, "PHONEPE_OAUTH_URL"],
    ["nothing", { PHONEPE_CHECKOUT_SCRIPT_URL: undefined }, "PHONEPE_CHECKOUT_SCRIPT_URL"],
  ])("api.md 8: %s is named by its variable", (_, more, name) => {
    expect(readVars({ ...PRODUCTION_VARS, ...more })).toMatchObject({
      ok: false,
      refusal: { level: "fail", says: `missing or not valid: ${name}.` },
    });
  });
});

describe("ENVIRONMENT against the URLs", () => {
  it.each([
    ["production with PhonePe's own", PRODUCTION_VARS, "ok"],
    ["development with this machine", LOCAL_VARS, "ok"],
    ["development with PhonePe's sandbox", SANDBOX_VARS, "ok"],
    ["production with this machine", { ...LOCAL_VARS, ENVIRONMENT: "production" }, "fail"],
    ["development with production", { ...PRODUCTION_VARS, ENVIRONMENT: "development" }, "fail"],
    ["production with PhonePe's sandbox", { ...SANDBOX_VARS, ENVIRONMENT: "production" }, "warn"],
    [
      "production with OAuth on this machine",
      { ...PRODUCTION_VARS, PHONEPE_OAUTH_URL: LOCAL_VARS.PHONEPE_OAUTH_URL },
      "fail",
    ],
  ] as const)("PP-02: %s", (_, vars, level) => {
    expect(judgeEnvironment(vars).level).toBe(level);
  });
});

describe("API URLs", () => {
  const both = (vars: Parameters<typeof judgeApiUrls>[0]) =>
    judgeApiUrls(vars).map(({ level, check }) => `${level} ${check}`);

  it.each([
    ["production", PRODUCTION_VARS],
    ["PhonePe's sandbox", SANDBOX_VARS],
    ["this machine", LOCAL_VARS],
    [
      "a slash at the end",
      { ...PRODUCTION_VARS, PHONEPE_PG_URL: "https://api.phonepe.com/apis/pg/" },
    ],
  ] as const)("contract.md 1.1: %s is right", (_, vars) => {
    expect(both(vars)).toEqual(["ok PHONEPE_PG_URL", "ok PHONEPE_OAUTH_URL"]);
  });

  it.each([
    "https://api.phonepe.com/apis/pg",
    "https://api.phonepe.com/apis/pg-sandbox",
    "https://api.phonepe.com/apis/identity-manager/v1/oauth/token",
    "https://api.phonepe.com",
    "https://api.phonepe.com/apis/hermes",
    "http://api.phonepe.com/apis/identity-manager",
  ])("PP-02: in production OAuth is not at %s, and the right place is said", (url) => {
    const [, finding] = judgeApiUrls({ ...PRODUCTION_VARS, PHONEPE_OAUTH_URL: url });
    expect(finding).toMatchObject({ level: "fail", check: "PHONEPE_OAUTH_URL" });
    expect(finding?.mend).toContain(PHONEPE_URLS.production.PHONEPE_OAUTH_URL);
  });

  it("PP-02: production's OAuth path on the sandbox's host is wrong", () => {
    const url = "https://api-preprod.phonepe.com/apis/identity-manager";
    expect(both({ ...SANDBOX_VARS, PHONEPE_OAUTH_URL: url })).toContain("fail PHONEPE_OAUTH_URL");
  });

  it("PP-01: version 1's base is named as such", () => {
    const url = "https://api.phonepe.com/apis/hermes";
    const [finding] = judgeApiUrls({ ...PRODUCTION_VARS, PHONEPE_PG_URL: url });
    expect(finding?.says).toContain("version 1");
  });

  it("PP-02: OAuth of one environment and the API of another do not go together", () => {
    const mixed = { ...PRODUCTION_VARS, PHONEPE_OAUTH_URL: SANDBOX_VARS.PHONEPE_OAUTH_URL };
    const findings = judgeApiUrls(mixed);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ level: "fail" });
    expect(findings[0]?.mend).toContain(PHONEPE_URLS.production.PHONEPE_OAUTH_URL);
  });

  it("PP-02: a host that is not PhonePe's may be a slip or a relay", () => {
    const host = "https://api.phonepay.com/apis/pg";
    const vars = { ...PRODUCTION_VARS, PHONEPE_PG_URL: host, PHONEPE_OAUTH_URL: host };
    expect(both(vars)).toEqual(["warn PHONEPE_PG_URL", "warn PHONEPE_OAUTH_URL"]);
  });
});

describe("what stands beside the API", () => {
  const levels = (vars: Parameters<typeof judgeSideUrls>[0]) =>
    judgeSideUrls(vars).map(({ level }) => level);

  it.each([PRODUCTION_VARS, SANDBOX_VARS, LOCAL_VARS])(
    "contract.md 1.1: of the API's environment, %#",
    (vars) => {
      expect(levels(vars)).toEqual(["ok", "ok"]);
    },
  );

  it.each([
    [
      "the sandbox's script",
      { PHONEPE_CHECKOUT_SCRIPT_URL: SANDBOX_VARS.PHONEPE_CHECKOUT_SCRIPT_URL },
    ],
    ["another script", { PHONEPE_CHECKOUT_SCRIPT_URL: "https://mercury.phonepe.com/checkout.js" }],
    ["the sandbox's version 1", { PHONEPE_V1_URL: SANDBOX_VARS.PHONEPE_V1_URL }],
    ["version 2's path for version 1", { PHONEPE_V1_URL: PRODUCTION_VARS.PHONEPE_PG_URL }],
    ["http", { PHONEPE_V1_URL: "http://api.phonepe.com/apis/hermes" }],
  ])("PP-01, PP-02: in production %s is wrong, and the right one is said", (_, more) => {
    const wrong = judgeSideUrls({ ...PRODUCTION_VARS, ...more }).filter(
      ({ level }) => level === "fail",
    );
    expect(wrong).toHaveLength(1);
    const rights: string[] = Object.values(PHONEPE_URLS.production);
    expect(rights.map((url) => `set it to ${url}.`)).toContain(wrong[0]?.mend);
  });
});
