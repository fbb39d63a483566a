import { env } from "cloudflare:workers";
import { listDurableObjectIds } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { looksAt, newPayment, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

describe("GET /api/payments/status/{id} 404", () => {
  it("API-1: nobody's id and another merchant's id get the same answer", async () => {
    const id = await newPayment();
    const path = `/api/payments/status/${id}`;
    const theirs = await call({ path, key: TEST_KEYS.beta });
    expectProblem(theirs, "payment_not_found", path);
    const nobodys = await statusOf(freshId());
    expectProblem(nobodys, "payment_not_found");
    expect(theirs.json["detail"]).toBe(nobodys.json["detail"]);
    expect((await call({ path: `${path}?refresh=true`, key: TEST_KEYS.beta })).status).toBe(404);
    expect(looksAt(id)).toBe(0);
    expect((await statusOf(id)).status).toBe(200);
  });

  it.each(["a.b", "a".repeat(64), "a%20b", "a%2Fb", "%00", "%ff", "..%2f", "__proto__.x", "'--"])(
    "api.md 4: %s cannot be an id",
    async (id) => {
      const objects = (await listDurableObjectIds(env.PAYMENTS)).length;
      expectProblem(await statusOf(id), "payment_not_found");
      expect(await listDurableObjectIds(env.PAYMENTS)).toHaveLength(objects);
    },
  );

  it.each(["__proto__", "constructor"])("ASV-15: %s is an id like any other", async (id) => {
    expectProblem(await statusOf(id), "payment_not_found");
  });
});
