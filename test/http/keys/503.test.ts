import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { newKey } from "../api-keys/keys.ts";
import { expectProblem } from "../problem-shape.ts";
import { listKeys, rotateKeys } from "./keys.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function registryFails() {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(env.KEY_REGISTRY, "getByName").mockImplementation(() => {
    throw new Error("the registry is down");
  });
}

describe("keys 503", () => {
  it.each([
    ["rotating", () => rotateKeys({})],
    ["the list", () => listKeys()],
  ])("api.md 2: while the registry is down, %s says so and when to ask again", async (_, ask) => {
    registryFails();
    const answer = await ask();
    expectProblem(answer, "admission_unavailable");
    expect(answer.headers.get("retry-after")).toBe("5");
  });

  it("I12: while the registry is down, what seals and opens goes on", async () => {
    registryFails();
    const key = await newKey();
    const { json } = await call({ path: `/api/payments/status/${freshId()}`, key });
    expect(json["code"]).toBe("payment_not_found");
  });
});
