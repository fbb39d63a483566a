import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { signRequest } from "#client";
import { judgeSignatures } from "../../../src/ops/checks/door.ts";
import { log } from "../../../src/platform.ts";
import { freshId, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("signatures_required", () => {
  it("api.md 1: the forged request is wrong in its signature alone: well signed, it is let in", async () => {
    const sent: Request[] = [];
    const nowMs = Date.now();
    const nonce = freshId("check-forged");
    const { keyId } = TEST_KEYS.alpha;
    const door = (request: Request) => {
      sent.push(request);
      return exports.default.fetch(request.clone());
    };
    expect(await judgeSignatures(door, { keyId, nowMs, nonce })).toMatchObject({ ok: true });
    const forged = sent.find(({ headers }) => headers.has("signature"));
    if (!forged) throw new Error("nothing was forged");
    const createdSec = Math.floor(nowMs / 1_000);
    const { url } = forged;
    const signed = await signRequest({ method: "GET", url }, TEST_KEYS.alpha, {
      createdSec,
      nonce,
    });
    const fields = Object.entries(signed.headers).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]);
    const { "signature-input": input, signature } = Object.fromEntries(fields);
    expect(forged.headers.get("signature-input")).toBe(input);
    expect(forged.headers.get("signature")).toHaveLength(String(signature).length);
    expect((await send(forged)).json["code"]).toBe("signature_invalid");
    const good = await send(new Request(url, { headers: signed.headers }));
    expect(good.json["code"]).toBe("payment_not_found");
  });
});

describe("masking", () => {
  it("I10: what is logged is masked, in its words and in its fields", () => {
    const line = vi.spyOn(console, "warn").mockImplementation(() => {});
    log("warn", "told planted.person@example.com", { clientSecret: "planted-1", count: 3 });
    expect(line.mock.calls).toEqual([
      [
        JSON.stringify({
          level: "warn",
          message: "told ***@example.com",
          clientSecret: "***",
          count: 3,
        }),
      ],
    ]);
  });
});
