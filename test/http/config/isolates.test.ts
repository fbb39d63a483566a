import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { merchantIdSchema } from "#base";
import { copyName, merchantMemory, merchantsOf } from "../../../src/wiring/merchants.ts";
import { call, initiateBody } from "../../support/call.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { change } from "../settings.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const COPY = copyName(ALPHA);

/** As if the isolate had just begun. */
const restart = () => merchantMemory.clear();

/** The version that a payment is made under. */
async function paidUnder(): Promise<unknown> {
  const answer = await call({ path: INITIATE, body: initiateBody() });
  expect(answer.status).toBe(201);
  return Object(answer.json["security"]).configVersion;
}

const vaultAway = () =>
  vi.spyOn(env.VAULTS, "getByName").mockImplementation(() => {
    throw new Error("the vault is down");
  });

let version: unknown;
beforeEach(async () => {
  version = (await change("alpha", { origins: ["https://shop.example"] })).json["version"];
});

afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

describe("an isolate that has just begun", () => {
  it("design.md 9: has the newest version, whether KV has its copy or has lost it", async () => {
    restart();
    expect(await paidUnder()).toBe(version);
    await env.TOKENS.delete(COPY);
    restart();
    expect(await paidUnder()).toBe(version);
  });

  it("GCM-8: a copy that somebody has put there instead does not open, and is as good as none", async () => {
    await env.TOKENS.put(
      COPY,
      (await env.TOKENS.get(copyName(merchantIdSchema.parse("beta")))) ?? "x",
    );
    restart();
    expect(await paidUnder()).toBe(version);
  });

  it("I12: works with KV while the vault is down", async () => {
    restart();
    vaultAway();
    expect(await paidUnder()).toBe(version);
  });

  it("design.md 9: with a copy that is behind it has the newest version a request later", async () => {
    const behind = (await env.TOKENS.get(COPY)) ?? "";
    const newer = (await change("alpha", {})).json["version"];
    await env.TOKENS.put(COPY, behind);
    restart();
    expect(await paidUnder()).toBe(version);
    await merchantsOf(env).merchant(ALPHA); // asks the vault beside it
    await vi.waitFor(async () => expect(await paidUnder()).toBe(newer));
  });

  it("I12: works with BOOTSTRAP while neither answers", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    vi.spyOn(env.TOKENS, "get").mockRejectedValue(new Error("KV is down"));
    vaultAway();
    restart();
    expect(await paidUnder()).toBe(0);
  });
});

describe("an isolate that is at work", () => {
  it("I12: goes on with what it knows while neither answers, however old it is", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    vi.spyOn(env.TOKENS, "get").mockRejectedValue(new Error("KV is down"));
    vaultAway();
    const held = merchantMemory.get(ALPHA);
    if (held) Object.assign(held, { readAgainAtMs: 0, confirmAtMs: 0, readAtMs: 0 });
    expect(await paidUnder()).toBe(version);
  });
});
