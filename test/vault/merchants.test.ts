import { describe, expect, it } from "vitest";
import { parseDirectory, SCOPES } from "#vault";
import { TEST_BOOTSTRAP } from "../support/secrets.ts";

const SECRET = "do-not-quote-me";

const key = (more: Record<string, unknown> = {}) => ({
  id: "ak_1",
  secret: SECRET,
  scopes: ["payments:write"],
  ...more,
});
const phonepe = (more: Record<string, unknown> = {}) => ({
  clientId: "C",
  clientSecret: SECRET,
  clientVersion: 1,
  webhookUsername: "u",
  webhookPassword: SECRET,
  ...more,
});
const one = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ merchants: [{ id: "demo", apiKeys: [key()], ...more }] });

const failureOf = (text: string): string => {
  try {
    parseDirectory(text);
    return "parsed";
  } catch (error) {
    return error instanceof Error ? error.message : "unknown";
  }
};

describe("parseDirectory", () => {
  it("api.md 8: merchants and keys are found by their ids, and by nothing else", () => {
    const { merchants, apiKeys } = parseDirectory(TEST_BOOTSTRAP);
    expect([...merchants.keys()]).toEqual(["alpha", "beta"]);
    expect(apiKeys.get("ak_beta")?.merchant.id).toBe("beta");
    expect(apiKeys.get("ak_alpha_revoked")?.revoked).toBe(true);
    expect(apiKeys.get("__proto__")).toBeUndefined();
    expect(apiKeys.get("constructor")).toBeUndefined();
  });

  it("api.md 8: what may be left out has its default", () => {
    const { merchants, apiKeys } = parseDirectory(one());
    expect([...merchants.values()][0]).toMatchObject({
      risk: { mode: "shadow", blockCustomers: [] },
    });
    expect(apiKeys.get("ak_1")).toMatchObject({ revoked: false });
  });

  it("api.md 8: unknown fields are ignored", () => {
    const text = one({ future: 1, apiKeys: [key({ note: "x" })], phonepe: phonepe({ note: "x" }) });
    expect(failureOf(text)).toBe("parsed");
  });

  it("api.md 8: the example of the contract is taken, with all that is optional", () => {
    const text = one({
      apiKeys: [key({ scopes: SCOPES, tier: "standard" })],
      phonepe: phonepe({ saltKey: "s", saltIndex: 1, webhookHmacSecret: "h" }),
      razorpay: { keyId: "k", keySecret: "s", webhookSecret: "w" },
      notifyUrl: "https://shop.example/hook",
      notifySecret: `whsec_${btoa("0123456789012345678901234567890123456789")}`,
      requireEncryption: false,
      origins: ["https://shop.example"],
      allowIps: ["203.0.113.0/24"],
      risk: { mode: "off" },
    });
    expect(failureOf(text)).toBe("parsed");
  });

  it.each(["standard", "plus", "enterprise"])("api.md 4: tier %s is known", (tier) => {
    expect(failureOf(one({ apiKeys: [key({ tier })] }))).toBe("parsed");
  });

  it.each(["gold", "", "STANDARD", 7, null])("api.md 4: the unknown tier %j is named", (tier) => {
    const failure = failureOf(one({ apiKeys: [key({ tier })] }));
    expect(failure).toContain("BOOTSTRAP");
    expect(failure).toContain("merchants.0.apiKeys.0.tier");
    expect(failure).toContain(JSON.stringify(tier));
  });

  it.each([
    ["no JSON", `{"secret":"${SECRET}"`, "JSON"],
    ["merchants absent", JSON.stringify({ secret: SECRET }), "merchants"],
    ["merchants no list", JSON.stringify({ merchants: SECRET }), "merchants"],
    ["a merchant without an id", one({ id: undefined }), "merchants.0.id"],
    ["a merchant id with a slash", one({ id: `a/${SECRET}` }), "merchants.0.id"],
    ["apiKeys absent", one({ apiKeys: undefined }), "merchants.0.apiKeys"],
    ["a key id with a blank", one({ apiKeys: [key({ id: `${SECRET} x` })] }), "apiKeys.0.id"],
    ["an empty secret", one({ apiKeys: [key({ secret: "" })] }), "apiKeys.0.secret"],
    ["a secret as number", one({ apiKeys: [key({ secret: 7 })] }), "apiKeys.0.secret"],
    ["an unknown scope", one({ apiKeys: [key({ scopes: [SECRET] })] }), "apiKeys.0.scopes.0"],
    ["revoked as text", one({ apiKeys: [key({ revoked: SECRET })] }), "apiKeys.0.revoked"],
    ["no client secret", one({ phonepe: phonepe({ clientSecret: "" }) }), "phonepe.clientSecret"],
    ["a version as text", one({ phonepe: phonepe({ clientVersion: SECRET }) }), "clientVersion"],
    ["version 0", one({ phonepe: phonepe({ clientVersion: 0 }) }), "phonepe.clientVersion"],
    ["an unknown risk mode", one({ risk: { mode: SECRET } }), "merchants.0.risk.mode"],
  ])("api.md 8: %s is an error that names the place and quotes nothing", (_, text, place) => {
    const failure = failureOf(text);
    expect(failure).toMatch(/^BOOTSTRAP/);
    expect(failure).toContain(place);
    expect(failure).not.toContain(SECRET);
  });

  it("api.md 8: two merchants of one id are an error that names it", () => {
    const merchant = { id: "demo", apiKeys: [] };
    const failure = failureOf(JSON.stringify({ merchants: [merchant, merchant] }));
    expect(failure).toContain("demo");
  });

  it.each(["demo", "other"])("api.md 8: a key id that stands twice (%s) is an error", (id) => {
    const merchants = [
      { id: "demo", apiKeys: id === "demo" ? [key(), key()] : [key()] },
      { id: "other", apiKeys: id === "other" ? [key()] : [] },
    ];
    const failure = failureOf(JSON.stringify({ merchants }));
    expect(failure).toContain("ak_1");
    expect(failure).not.toContain(SECRET);
  });
});
