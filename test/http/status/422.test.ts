import { describe, expect, it } from "vitest";
import { looksAt, newPayment, statusOf } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";

describe("GET /api/payments/status/{id} 422", () => {
  it.each(["?refresh=1", "?refresh=", "?refresh=TRUE", "?refresh=yes"])(
    "api.md 4: %s is neither true nor false, no provider is asked",
    async (query) => {
      const id = await newPayment();
      const answer = await statusOf(id, query);
      expectProblem(answer, "validation_failed");
      expect(pointersOf(answer)).toEqual(["/refresh"]);
      expect(looksAt(id)).toBe(0);
    },
  );
});
