import { describe, expect, it } from "vitest";
import { books, client, freshId, request } from "./scenario.ts";

describe("refused bearers", () => {
  it.each(["authorization-failed", "pr004", "code-401"])(
    "EM-07: a 401 that says %s leads to one new token and one repeat",
    async (badBearer) => {
      await books.switches({ badBearer });
      await books.admin("POST", "/admin/tokens/revoke", {});
      const before = (await books.all()).tokenRequests;
      expect((await client.initiate(request(freshId()))).state).toBe("PENDING");
      expect((await books.all()).tokenRequests).toBe(before + 1);
      await books.switches({ badBearer: "authorization-failed" });
    },
  );
});
