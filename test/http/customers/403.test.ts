import { describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem } from "../problem-shape.ts";
import { statusOf } from "../payments.ts";
import { erase, exportOf, freshCustomer, personalPayment } from "./ask.ts";

describe("customers 403", () => {
  it("api.md 1: both take the scope admin, and change nothing without it", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    const key = TEST_KEYS.alphaReader;
    expectProblem(await exportOf(customer, { key }), "scope_missing");
    expectProblem(await erase(customer, { key }), "scope_missing");
    expect((await statusOf(id)).text).toContain("asha@bank");
  });
});
