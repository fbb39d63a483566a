import { afterEach, describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { expectCommonHeaders } from "../problem-shape.ts";
import { change, getConfig } from "../settings.ts";

afterEach(() => world.renew());

describe("GET /api/admin/config/{merchantId} 200", () => {
  it("design.md 9: before any change it is that of BOOTSTRAP, with the defaults of the code", async () => {
    const answer = await getConfig("delta", { key: TEST_KEYS.deltaBig });
    expect(answer.json).toEqual({
      merchantId: "delta",
      version: 0,
      source: "bootstrap",
      changedAt: null,
      changedBy: null,
      reason: null,
      rolledBackTo: null,
      config: {
        origins: ["https://delta.example"],
        limits: {
          initiate: { quota: 4, windowSec: 60, burst: { quota: 2, windowSec: 1 } },
          read: { quota: 3, windowSec: 5 },
        },
        requireEncryption: false,
        risk: { mode: "shadow", blockCustomers: [] },
      },
    });
    expectCommonHeaders(answer);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("I10: no credential is part of it", async () => {
    const { text } = await getConfig("beta", { key: TEST_KEYS.beta });
    expect(text).not.toMatch(/phonepe|razorpay|secret|acme|hook_/i);
  });

  it("design.md 9: an older version is shown as it was, also that of BOOTSTRAP", async () => {
    const before = (await getConfig("alpha")).json["config"];
    await change("alpha", { notifyUrl: "https://one.example/hook" });
    await change("alpha", { notifyUrl: "https://two.example/hook" });
    const versions = await Promise.all(
      ["?version=0", "?version=1", "?version=2", ""].map((query) => getConfig("alpha", { query })),
    );
    expect(versions.map(({ json }) => json["version"])).toEqual([0, 1, 2, 2]);
    expect(versions.map(({ json }) => json["source"])).toEqual([
      "bootstrap",
      "vault",
      "vault",
      "vault",
    ]);
    expect(versions[0]?.json["config"]).toEqual(before);
    expect(versions[1]?.json["config"]).toMatchObject({ notifyUrl: "https://one.example/hook" });
    expect(versions[2]?.json).toEqual(versions[3]?.json);
  });
});
