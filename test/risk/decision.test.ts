import { describe, expect, it } from "vitest";
import { decideRisk, fingerprintText } from "#risk";

const BLOCKED = ["cust_1", "cust_2"];
const ALLOW = { score: 0, decision: "allow", reasons: [] };

describe("decideRisk", () => {
  it.each([
    ["enforce", { score: 100, decision: "block", reasons: ["customer_blocked"] }],
    ["shadow", { score: 100, decision: "allow", reasons: ["customer_blocked"] }],
    ["off", ALLOW],
  ] as const)("api.md 8: in mode %s a blocked customer is %j", (mode, expected) => {
    expect(decideRisk({ mode, blockCustomers: BLOCKED }, { customerId: "cust_2" })).toEqual(
      expected,
    );
  });

  it.each(["cust_3", "CUST_1", "cust_1 ", "", undefined])(
    "api.md 8: the customer %j is not on the list",
    (customerId) => {
      const config = { mode: "enforce", blockCustomers: BLOCKED } as const;
      expect(decideRisk(config, { customerId })).toEqual(ALLOW);
    },
  );
});

describe("fingerprintText", () => {
  const chrome = (version: string) => `Mozilla/5.0 (X11; Linux) Chrome/${version} Safari/537.36`;

  it("api.md 4: an update of the browser is the same device", () => {
    expect(fingerprintText("m", { userAgent: chrome("131.0.6778.85") })).toBe(
      fingerprintText("m", { userAgent: chrome("132.1") }),
    );
  });

  it.each([
    ["another id", { id: "2", fingerprint: "f", userAgent: "a" }],
    ["another fingerprint", { id: "1", fingerprint: "g", userAgent: "a" }],
    ["another browser", { id: "1", fingerprint: "f", userAgent: "b" }],
    ["values that changed places", { id: "f", fingerprint: "1", userAgent: "a" }],
  ])("api.md 4: %s is another device", (_, device) => {
    const first = fingerprintText("m", { id: "1", fingerprint: "f", userAgent: "a" });
    expect(fingerprintText("m", device)).not.toBe(first);
  });

  it("API-1: another merchant's same device is another text", () => {
    expect(fingerprintText("m", { id: "1" })).not.toBe(fingerprintText("n", { id: "1" }));
  });

  it("API-4: the longest user agent of digits is read in no time", () => {
    const text = fingerprintText("m", { userAgent: "1.".repeat(128) });
    expect(text.length).toBeLessThan(300);
  });
});
