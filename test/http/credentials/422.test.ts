import { afterEach, describe, expect, it, vi } from "vitest";
import { world } from "../../support/world.ts";
import { pointersOf } from "../problem-shape.ts";
import { listCredentials, phonepeValue, putCredential } from "../settings.ts";

afterEach(() => {
  world.renew();
  vi.restoreAllMocks();
});

describe("PUT /api/admin/credentials/{merchantId}/{name} 422", () => {
  it.each([
    ["phonepe", phonepeValue("x", { clientVersion: 0 }), "/value/clientVersion"],
    ["phonepe", phonepeValue("x", { webhookPrevious: [] }), "/value/webhookPrevious"],
    ["phonepe", phonepeValue("x", { webhookIps: ["1.2.3.4/8"] }), "/value/webhookIps/0"],
    ["phonepe", {}, "/value/clientId"],
    ["razorpay", { keyId: "a", keySecret: "b" }, "/value/webhookSecret"],
    ["notifications", { secret: "not-whsec" }, "/value/secret"],
    ["webhook:acme", { header: "x y", hash: "SHA-256", secret: "s" }, "/value/header"],
    ["webhook:acme", { header: "x", hash: "MD5", secret: "s" }, "/value/hash"],
    [
      "webhook:acme",
      { header: "x", hash: "SHA-256", secret: "s", provider: "b" },
      "/value/provider",
    ],
    ["phonepe", "text", "/value"],
  ])("design.md 8: %s %j is refused where it is wrong, and nothing changes", async (...given) => {
    const [name, value, place] = given;
    const answer = await putCredential(`alpha/${name}`, { value, reason: "r" });
    expect(answer.status).toBe(422);
    expect(pointersOf(answer)).toContain(place);
    expect((await listCredentials("alpha")).json["credentials"]).toMatchObject([
      { name: "phonepe", version: 0 },
    ]);
    expect(world.audited).toEqual([]);
  });

  it.each([
    [{ overlapHours: -1 }, "/overlapHours"],
    [{ overlapHours: 169 }, "/overlapHours"],
    [{ reason: "" }, "/reason"],
    [{ expectedVersion: 1 }, "/expectedVersion"],
  ])("design.md 8: %j is refused", async (more, place) => {
    const value = phonepeValue("x");
    const answer = await putCredential("alpha/phonepe", { value, reason: "r", ...more });
    expect(answer.status).toBe(422);
    expect(pointersOf(answer)).toEqual([place]);
  });

  it("I10: a refusal quotes no value, nor does a log", async () => {
    const levels = ["log", "info", "warn", "error"] as const;
    const spies = levels.map((level) => vi.spyOn(console, level).mockReturnValue());
    const value = phonepeValue("hush", { clientVersion: "hush", webhookIps: ["hush"], hush: 1 });
    const { text } = await putCredential("alpha/phonepe", { value, reason: "r" });
    expect(text.replace("/value/hush", "")).not.toContain("hush");
    expect(spies.flatMap(({ mock }) => mock.calls)).toEqual([]);
  });
});
