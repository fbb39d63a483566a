/** Faults of every kind (EM-13), templates (EM-16). */
import { describe, expect, it } from "vitest";
import {
  books,
  client,
  expectState,
  freshId,
  problemOf,
  request,
  standInRefuses,
} from "../scenario.ts";

/** A provider that fails half of the calls opens the breaker, and these tests are about single faults. */
const goodPays = () => Promise.all([1, 2, 3].map(() => client.initiate(request(freshId()))));

describe.concurrent("faults of PhonePe", () => {
  it.each(["500", "503", "html", "reset", "empty", "truncated", "500-after", "reset-after"])(
    "EM-13: %s on pay ends in one payable order",
    async (kind) => {
      await goodPays();
      const id = freshId();
      await books.fault("pay", kind, { merchantOrderId: id });
      await client.initiate(request(id));
      const status = await expectState(id, "PENDING", 55_000);
      expect(status.attempts.filter((attempt) => attempt.state === "OPEN")).toHaveLength(1);
      expect(status.redirectUrl).toBeDefined();
    },
  );

  it("EM-13: 429 on pay is a sure refusal: 503, and the same id works afterwards", async () => {
    const id = freshId();
    await standInRefuses();
    await books.fault("pay", "429", { merchantOrderId: id });
    const problem = await problemOf(client.initiate(request(id)));
    expect(problem).toMatchObject({ code: "provider_unavailable", status: 503 });
    expect((await client.initiate(request(id))).state).toBe("PENDING");
  });

  it.each(["401", "429", "500", "503", "html", "reset", "empty", "truncated"])(
    "EM-13: %s on status is asked again soon",
    async (kind) => {
      const id = freshId();
      await client.initiate(request(id));
      await books.fault("status", kind, { merchantOrderId: id });
      await books.settle(id, "success");
      await expectState(id, "COMPLETED", 20_000);
    },
  );

  it("EM-16: a merchant's template settles without the page", async () => {
    const id = freshId();
    await books.switches({ template: "success", templateAfterMs: 200 }, id);
    await client.initiate(request(id));
    await expectState(id, "COMPLETED", 20_000);
  });
});
