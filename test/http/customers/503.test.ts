import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { expectProblem } from "../problem-shape.ts";
import { erase, exportOf, freshCustomer, personalPayment } from "./ask.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("customers 503", () => {
  it("GDR-4: an erasure that is not written is not told as done", async () => {
    const customer = freshCustomer();
    await personalPayment(customer);
    vi.spyOn(env.CUSTOMERS, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    for (const answer of [await exportOf(customer), await erase(customer)]) {
      expectProblem(answer, "admission_unavailable");
      expect(answer.headers.get("retry-after")).toBe("2");
    }
    vi.restoreAllMocks();
    expect((await exportOf(customer)).json).toMatchObject({ erasedAt: null });
    expect((await erase(customer)).json).toMatchObject({ payments: 1 });
  });
});
