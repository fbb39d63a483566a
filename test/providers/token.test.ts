import { describe, expect, it } from "vitest";
import type { Clock, MerchantId } from "#base";
import { merchantIdSchema } from "#base";
import { makeTokenSource, type PhonePeToken, type TokenResult } from "#providers";
import { fetchPhonePeToken, type Guarded } from "#providers";
import { readToken } from "../../src/providers/phonepe/token.ts";
import type { OutboundResult } from "../../src/providers/outbound.ts";
import { freshId } from "../support/call.ts";
import { example, statusOfExample } from "./examples.ts";

const NOW_MS = 1_790_750_730_000;
const NOW_SEC = NOW_MS / 1_000;
const given = (lifeSec: number, issuedAgoSec = 0) => ({
  access_token: "t",
  token_type: "O-Bearer",
  issued_at: NOW_SEC - issuedAgoSec,
  expires_at: NOW_SEC - issuedAgoSec + lifeSec,
});
const refreshInSec = (answer: unknown) => {
  const token = readToken(answer, NOW_MS);
  return token && (token.refreshAtMs - NOW_MS) / 1_000;
};

describe("readToken", () => {
  it.each([60, 3_600, 624_600])("UAT-01: a token's own expires_at counts, %i s here", (lifeSec) => {
    const nowMs = 1_795_000_000_000;
    const token = readToken(
      { access_token: "t", issued_at: nowMs / 1_000, expires_at: nowMs / 1_000 + lifeSec },
      nowMs,
    );
    expect(token?.expiresAtMs).toBe(nowMs + lifeSec * 1_000);
  });

  it("contract.md 2.2: PhonePe's example is read", () => {
    expect(readToken(example("oauth-token-response"), NOW_MS)).toEqual({
      accessToken: expect.stringMatching(/^eyJ/),
      tokenType: "O-Bearer",
      expiresAtMs: 1_791_375_330_000,
      refreshAtMs: NOW_MS + 312_300_000,
    });
  });

  it.each([
    ["an hour: its half", 3_600, 1_800],
    ["twenty minutes: its half", 1_200, 600],
    ["ten minutes: half and five minutes before fall together", 600, 300],
    ["eight minutes: five before its end", 480, 180],
    ["six minutes: five before its end", 360, 60],
    ["five minutes: its half", 300, 150],
    ["a minute (EM-05): its half", 60, 30],
  ])("CF-20: a life of %s", (_, lifeSec, expected) => {
    expect(refreshInSec(given(lifeSec))).toBe(expected);
  });

  it.each([
    ["past its half", given(3_600, 2_000), 800],
    ["in its last five minutes", given(3_600, 3_400), 100],
    ["short and past its half", given(60, 40), 10],
  ])("UAT-04: one that comes %s is not due at once", (_, answer, expected) => {
    expect(refreshInSec(answer)).toBe(expected);
  });

  it.each([undefined, null])("contract.md 2.2: issued_at %s counts as now", (issued_at) => {
    expect(refreshInSec({ ...given(3_600), issued_at })).toBe(1_800);
  });

  it("contract.md 2.2: expires_in is never relied on", () => {
    expect(readToken({ ...given(3_600), expires_in: 1 }, NOW_MS)).toMatchObject({
      expiresAtMs: NOW_MS + 3_600_000,
    });
  });

  it("UAT-05: a missing token_type is O-Bearer", () => {
    const { token_type: _, ...rest } = given(60);
    expect(readToken(rest, NOW_MS)).toMatchObject({ tokenType: "O-Bearer" });
  });

  it.each([
    ["expired just now", given(100, 100)],
    ["long expired", given(100, 1_000)],
    ["without a token", { ...given(60), access_token: undefined }],
    ["with an empty token", { ...given(60), access_token: "" }],
    ["without an end", { ...given(60), expires_at: undefined }],
    ["with an end as text", { ...given(60), expires_at: String(NOW_SEC + 60) }],
    ["that is no object", "eyJ"],
    ["that is nothing", undefined],
  ])("contract.md 2.2: an answer %s is no token", (_, answer) => {
    expect(readToken(answer, NOW_MS)).toBeUndefined();
  });
});

describe("fetchPhonePeToken", () => {
  const credentials = {
    clientId: "DEMOMERCHANTUAT_2609",
    clientSecret: "not-a-real-secret &=+",
    clientVersion: 1,
    webhookUsername: "u",
    webhookPassword: "p",
  };
  async function fetchWith(result: OutboundResult) {
    const asked: (Parameters<Guarded>[1] & { readonly operation: string })[] = [];
    const guarded: Guarded = async (operation, request) => {
      asked.push({ operation, ...request });
      return result;
    };
    const oauthUrl = "https://oauth.example/apis/identity-manager";
    const answer = await fetchPhonePeToken({
      guarded,
      oauthUrl,
      credentials,
      nowMs: () => NOW_MS,
    });
    return { answer, asked };
  }
  const ok = JSON.stringify(example("oauth-token-response"));

  it("contract.md 2.1: the request is PhonePe's, as a form", async () => {
    const { answer, asked } = await fetchWith({
      type: "answer",
      status: 200,
      text: ok,
      retryAfter: null,
    });
    expect(answer.ok).toBe(true);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: "POST",
      url: "https://oauth.example/apis/identity-manager/v1/oauth/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      ...Object(example("oauth-token-request")),
      client_secret: credentials.clientSecret,
    });
  });

  it.each([
    ["oauth-error-invalid-client", "http_400_OIM000"],
    ["oauth-error-missing-field", "http_400_BAD_REQUEST"],
  ])("contract.md 2.5: %s tells why by its code alone", async (name, reason) => {
    const text = JSON.stringify(example(name));
    const { answer } = await fetchWith({
      type: "answer",
      status: statusOfExample(name),
      text,
      retryAfter: null,
    });
    expect(answer).toEqual({ ok: false, reason });
  });

  it.each([
    [{ type: "no_answer", reason: "timeout" }, "timeout"],
    [{ type: "answer", status: 503, text: "R999", retryAfter: null }, "http_503_"],
    [{ type: "answer", status: 302, text: "", retryAfter: null }, "http_302_"],
    [{ type: "answer", status: 200, text: "<html>", retryAfter: null }, "malformed_answer"],
    [{ type: "answer", status: 200, text: ok.slice(0, 40), retryAfter: null }, "malformed_answer"],
  ] as const)("contract.md 2.5: %j is no token", async (result, reason) => {
    expect((await fetchWith(result)).answer).toEqual({ ok: false, reason });
  });
});

interface World {
  nowMs: number;
  copy: PhonePeToken | undefined;
  object: TokenResult;
  readonly copyReads: number[];
  readonly asks: (string | null)[];
}

const tokenOf = (accessToken: string, refreshAtMs: number, expiresAtMs: number): PhonePeToken => ({
  accessToken,
  tokenType: "O-Bearer",
  refreshAtMs,
  expiresAtMs,
  scope: "scope",
});
const found = (token: PhonePeToken): TokenResult => ({ ok: true, token });
const DOWN: TokenResult = { ok: false, reason: "timeout" };

function makeWorld(object: TokenResult, copy?: PhonePeToken) {
  const world: World = { nowMs: 0, copy, object, copyReads: [], asks: [] };
  const nowMs: Clock = () => world.nowMs;
  const ports = {
    nowMs,
    async readCopy() {
      world.copyReads.push(world.nowMs);
      return world.copy;
    },
    async ask(_merchantId: MerchantId, refused: string | null) {
      world.asks.push(refused);
      return world.object;
    },
  };
  const id = merchantIdSchema.parse(freshId("m"));
  const source = makeTokenSource(ports, id, "scope");
  return { world, source, other: (scope: string) => makeTokenSource(ports, id, scope) };
}

describe("makeTokenSource", () => {
  it("UAT-02: one token serves a hundred calls, from memory", async () => {
    const { world, source } = makeWorld(found(tokenOf("a", 50, 100)));
    for (let call = 0; call < 100; call += 1) {
      expect(await source.get()).toEqual(found(tokenOf("a", 50, 100)));
    }
    expect(world).toMatchObject({ copyReads: [0], asks: [null] });
  });

  it("UAT-04: the copy in KV comes before the object", async () => {
    const { world, source } = makeWorld(DOWN, tokenOf("k", 50, 100));
    expect(await source.get()).toEqual(found(tokenOf("k", 50, 100)));
    expect(world.asks).toEqual([]);
  });

  it("UAT-03: from its refresh time on, memory and copy are passed by", async () => {
    const { world, source } = makeWorld(found(tokenOf("new", 500, 1_000)), tokenOf("k", 50, 100));
    await source.get();
    world.nowMs = 49;
    expect(await source.get()).toMatchObject({ token: { accessToken: "k" } });
    world.nowMs = 50;
    expect(await source.get()).toMatchObject({ token: { accessToken: "new" } });
    expect(world.asks).toEqual([null]);
  });

  it("contract.md 2.3: while the source is down a token that lives is used on", async () => {
    const { world, source } = makeWorld(found(tokenOf("a", 50, 100)));
    await source.get();
    world.object = DOWN;
    world.nowMs = 99;
    expect(await source.get()).toMatchObject({ token: { accessToken: "a" } });
  });

  it("contract.md 10.2: an expired token is never used", async () => {
    const { world, source } = makeWorld(found(tokenOf("a", 50, 100)));
    await source.get();
    world.object = DOWN;
    world.nowMs = 100;
    expect(await source.get()).toEqual(DOWN);
  });

  it("UAT-07: after a 401 the object is told which token was refused", async () => {
    const refused = tokenOf("a", 50, 100);
    const { world, source } = makeWorld(found(refused), refused);
    await source.get();
    world.object = found(tokenOf("b", 50, 100));
    expect(await source.renew(refused)).toMatchObject({ token: { accessToken: "b" } });
    expect(world.asks).toEqual(["a"]);
    expect(await source.get()).toMatchObject({ token: { accessToken: "b" } });
  });

  it("UAT-07: a refused token is not used on while the source is down", async () => {
    const refused = tokenOf("a", 50, 100);
    const { world, source } = makeWorld(found(refused));
    await source.get();
    world.object = DOWN;
    expect(await source.renew(refused)).toEqual(DOWN);
  });

  it("UAT-07: a 401 for an old token does not throw away the newer one", async () => {
    const { world, source } = makeWorld(found(tokenOf("b", 50, 100)));
    await source.get();
    world.object = DOWN;
    expect(await source.renew(tokenOf("a", 50, 100))).toMatchObject({
      token: { accessToken: "b" },
    });
  });

  it("contract.md 10.2: tokens of two environments or clients never mix", async () => {
    const { world, source, other } = makeWorld(found(tokenOf("a", 50, 100)));
    await source.get();
    world.object = found(tokenOf("b", 50, 100));
    expect(await other("another").get()).toMatchObject({ token: { accessToken: "b" } });
    expect(await source.get()).toMatchObject({ token: { accessToken: "a" } });
  });
});
