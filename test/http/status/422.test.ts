import { describe, expect, it } from "vitest";
import { newPayment, seen, statusOf } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";

describe("GET /api/payments/status/{id} 422", () => {
  it.each(["?refresh=1", "?refresh=", "?refresh=TRUE", "?refresh=yes"])(
    "api.md 4: %s is neither true nor false, no provider is asked",
    async (query) => {
      const id = await newPayment();
      const before = seen();
      const answer = await statusOf(id, query);
      expectProblem(answer, "validation_failed");
      expect(pointersOf(answer)).toEqual(["/refresh"]);
      expect(seen()).toEqual(before);
    },
  );
});
