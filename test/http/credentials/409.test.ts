import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { expectProblem } from "../problem-shape.ts";
import { listCredentials, putCredential } from "../settings.ts";

afterEach(() => world.renew());

describe("PUT /api/admin/credentials/{merchantId}/{name} 409", () => {
  it("API-4: fifty names are enough for one merchant; one that is there can still be set", async () => {
    const key = TEST_KEYS.deltaBig;
    const value = { header: "x-mac", hash: "SHA-256", secret: "s" };
    const by = { keyId: "ak_delta_big", requestId: "req_test", address: null };
    for (let at = 0; at < 50; at += 1) {
      await env.VAULTS.getByName("delta").putCredential({
        name: `webhook:p${at}`,
        value: JSON.stringify(value),
        reason: "test",
        overlapMs: 0,
        by,
      });
    }
    const set = (name: string) =>
      putCredential(`delta/webhook:${name}`, { value, reason: "test" }, { key });
    expectProblem(await set("more"), "state_conflict");
    expect((await listCredentials("delta", { key })).text).not.toContain("webhook:more");
    expect((await set("p7")).json).toMatchObject({ version: 2 });
  });
});
