import { describe, expect, it } from "vitest";
import { decideRisk } from "#risk";

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
