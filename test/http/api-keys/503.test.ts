import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { expectProblem } from "../problem-shape.ts";
import { call } from "../../support/call.ts";
import { LET_IN, newKey, revoke, told } from "./keys.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The vault answers nothing that isolates ask. */
function vaultFails() {
  return vi.spyOn(env.VAULTS, "getByName").mockImplementation(() => {
    throw new Error("the vault is down");
  });
}

describe("API keys 503", () => {
  it("I11: a revocation that not every gate has heard of is not told as done", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const busy = await newKey({ tier: "enterprise" });
    const real = env.GATES.getByName.bind(env.GATES);
    const gates = vi.spyOn(env.GATES, "getByName").mockImplementation((name) => {
      const gate = real(name);
      // The request itself is admitted; only ends are not taken.
      return new Proxy(gate, {
        get: (target, member) => {
          if (member === "endKey") throw new Error("gate is down");
          return Reflect.get(target, member);
        },
      });
    });
    const answer = await revoke(busy.keyId);
    expectProblem(answer, "admission_unavailable");
    expect(answer.headers.get("retry-after")).toBe("2");
    gates.mockRestore();
    expect((await revoke(busy.keyId)).status).toBe(200);
    expect(await told(busy)).toBe("key_revoked");
  });

  it("I12: a key that cannot be looked up is not called unknown", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    vaultFails();
    const key = { keyId: "ak_AAAAAAAAAAAA_alpha", secret: "x" };
    const answer = await call({ path: "/api/payments/status/none", key });
    expectProblem(answer, "admission_unavailable");
    expect(answer.headers.get("retry-after")).toBe("2");
  });

  it("I12: a key that this isolate knows goes on without the vault", async () => {
    const key = await newKey();
    expect(await told(key)).toBe(LET_IN);
    vaultFails();
    expect(await told(key)).toBe(LET_IN);
    expect(await told({ keyId: "ak_alpha", secret: "secret-of-alpha" })).toBe(LET_IN);
  });
});
