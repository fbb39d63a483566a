import { describe, expect, it } from "vitest";
import { books, client, freshId, request } from "../../e2e/scenario.ts";

async function tokenRequests(): Promise<number> {
  return (await books.all()).tokenRequests;
}

describe("8.1 Authorization", () => {
  it("UAT-02: a hundred calls, one token", async () => {
    await client.initiate(request(freshId()));
    const before = await tokenRequests();
    for (let batch = 0; batch < 5; batch += 1) {
      await Promise.all(Array.from({ length: 20 }, () => client.initiate(request(freshId()))));
    }
    expect(await tokenRequests()).toBe(before);
  });

  it("UAT-04: status and refund calls fetch no token either", async () => {
    const id = freshId();
    await client.initiate(request(id));
    const before = await tokenRequests();
    for (let turn = 0; turn < 5; turn += 1) await client.status(id, { refresh: true });
    expect(await tokenRequests()).toBe(before);
  });

  it("UAT-05, UAT-06: the sandbox refuses any other bearer or version, and lets us in", async () => {
    expect((await client.initiate(request(freshId()))).state).toBe("PENDING");
  });

  it("UAT-07: a revoked token costs one refresh and one repeat", async () => {
    await client.initiate(request(freshId()));
    const before = await tokenRequests();
    await books.admin("POST", "/admin/tokens/revoke", {});
    const id = freshId();
    expect((await client.initiate(request(id))).state).toBe("PENDING");
    expect(await tokenRequests()).toBe(before + 1);
    const pays = (await books.order(id)).calls.filter((call) => call.endpoint === "pay");
    expect(pays.filter((call) => call.httpStatus === 200)).toHaveLength(1);
  });
});
