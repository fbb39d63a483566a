import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const toml = readFileSync("wrangler.toml", "utf8");

function productionVar(name: string): string {
  const section = toml.slice(toml.indexOf("[env.production.vars]"));
  return new RegExp(`^${name} = "([^"]+)"`, "m").exec(section)?.[1] ?? "";
}

describe("8.6 Going live", () => {
  it("UAT-61: production's hosts are swapped together, and the OAuth base is its own", () => {
    expect(productionVar("PHONEPE_PG_URL")).toBe("https://api.phonepe.com/apis/pg");
    expect(productionVar("PHONEPE_OAUTH_URL")).toBe(
      "https://api.phonepe.com/apis/identity-manager",
    );
    expect(productionVar("PHONEPE_CHECKOUT_SCRIPT_URL")).toBe(
      "https://mercury.phonepe.com/web/bundle/checkout.js",
    );
    expect(productionVar("ENVIRONMENT")).toBe("production");
  });
});
