import { describe, expect, it } from "vitest";
import { cidrsOf } from "#base";
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
const webhook = (more: Record<string, unknown> = {}) => ({
  provider: "acme",
  header: "x-acme",
  hash: "SHA-256",
  secret: SECRET,
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
    expect([...merchants.keys()]).toEqual(["alpha", "beta", "gamma", "delta"]);
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

describe("parseDirectory: addresses", () => {
  const LIST = ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"];
  const places = {
    "0.allowIps": (list: unknown) => one({ allowIps: list }),
    "0.apiKeys.0.allowIps": (list: unknown) => one({ apiKeys: [key({ allowIps: list })] }),
    "0.phonepe.webhookIps": (list: unknown) => one({ phonepe: phonepe({ webhookIps: list }) }),
    "0.webhooks.0.allowIps": (list: unknown) => one({ webhooks: [webhook({ allowIps: list })] }),
  };
  const everyPlace = Object.entries(places).map(([place, text]) => ({ place, text }));

  it("api.md 8: the four lists are read where they are used", () => {
    const { merchants, apiKeys } = parseDirectory(
      one({
        allowIps: LIST,
        apiKeys: [key({ allowIps: ["10.0.0.0/8"] })],
        phonepe: phonepe({ webhookIps: ["192.0.2.1"] }),
        webhooks: [webhook({ allowIps: ["192.0.2.2"] })],
      }),
    );
    expect([...merchants.values()]).toMatchObject([
      {
        allowIps: cidrsOf(...LIST),
        phonepe: { webhookIps: cidrsOf("192.0.2.1") },
        webhooks: [{ allowIps: cidrsOf("192.0.2.2") }],
      },
    ]);
    expect(apiKeys.get("ak_1")?.allowIps).toEqual(cidrsOf("10.0.0.0/8"));
    expect(apiKeys.get("ak_1")?.merchant.allowIps).toEqual(cidrsOf(...LIST));
  });

  it("api.md 8: an address list that is left out is absent, not empty", () => {
    const apiKey = parseDirectory(one({ phonepe: phonepe(), webhooks: [webhook()] })).apiKeys.get(
      "ak_1",
    );
    expect(apiKey?.allowIps).toBeUndefined();
    expect(apiKey?.merchant.allowIps).toBeUndefined();
    expect([...(apiKey?.merchant.origins ?? [])]).toEqual([]);
    expect(apiKey?.merchant.phonepe?.webhookIps).toBeUndefined();
    expect(apiKey?.merchant.webhooks[0]?.allowIps).toBeUndefined();
  });

  it.each(everyPlace)("api.md 8: at $place a bad rule is named by its index", ({ place, text }) => {
    const failure = failureOf(text([...LIST, "10.1.2.3/8"]));
    expect(failure).toContain(`merchants.${place}.3: not a CIDR block`);
    expect(failure).not.toContain("10.1.2.3");
  });

  it.each(everyPlace)("api.md 8: at $place what is no list is refused", ({ place, text }) => {
    for (const list of [[], null, "203.0.113.0/24", {}, Array(257).fill("10.0.0.1")]) {
      expect(failureOf(text(list))).toContain(`merchants.${place}:`);
    }
    expect(failureOf(text(Array(256).fill("10.0.0.1")))).toBe("parsed");
  });
});

describe("parseDirectory: origins", () => {
  it("HDR-4: exact origins are taken as they are written", () => {
    const origins = [
      "https://shop.example",
      "https://shop.example:8443",
      "https://xn--mnchen-3ya.example",
      "https://203.0.113.7",
      "https://[2001:db8::1]",
      "http://localhost",
      "http://localhost:3000",
      "http://127.0.0.1:3000",
      "http://[::1]:3000",
    ];
    const { merchants } = parseDirectory(one({ origins }));
    expect([...merchants.values()].map((merchant) => [...merchant.origins])).toEqual([origins]);
  });

  it.each([
    "*",
    "null",
    "",
    "https://*.shop.example",
    "https://*",
    "shop.example",
    "//shop.example",
    "https://shop.example/",
    "https://shop.example/pay",
    "https://shop.example?a",
    "https://shop.example#a",
    "https://shop.example:443",
    "https://Shop.example",
    "HTTPS://shop.example",
    "https://münchen.example",
    "https://user@shop.example",
    " https://shop.example",
    "https://shop.example ",
    "https://shop.example,https://b.example",
    "https:shop.example",
    "https://127.1",
    "http://shop.example",
    "http://localhost.shop.example",
    "http://localhost:80",
    "http://127.0.0.1.shop.example",
    "ftp://localhost",
    "file://",
    "data:text/html,a",
    "blob:https://shop.example/1",
    7,
    null,
  ])("HDR-4: %j is no exact origin, and its place is named", (origin) => {
    const failure = failureOf(one({ origins: ["https://shop.example", origin] }));
    expect(failure).toContain("merchants.0.origins.1");
  });

  it("HDR-4: there are at most 64 origins", () => {
    const origins = (count: number) =>
      Array.from({ length: count }, (_, at) => `https://s${at}.example`);
    expect(failureOf(one({ origins: origins(64) }))).toBe("parsed");
    expect(failureOf(one({ origins: origins(65) }))).toContain("merchants.0.origins:");
    expect(failureOf(one({ origins: "https://shop.example" }))).toContain("merchants.0.origins");
  });
});
