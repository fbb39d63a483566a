import { describe, expect, it } from "vitest";
import { verifySignedRequest } from "#door";
import { hmac, base64, type RawRequest, signRaw } from "../support/raw-sign.ts";
import { oneKey } from "./keys.ts";

const KEY = { keyId: "ak_policy", secret: "secret-of-policy" };
const NOW_SEC = 1_774_074_486;
const BODY = new Uint8Array(new TextEncoder().encode('{"a":1}'));

const post = (more: Partial<RawRequest> = {}): RawRequest => ({
  method: "POST",
  url: "https://gateway.example/api/payments/initiate?a=1",
  body: new Uint8Array(BODY),
  key: KEY,
  createdSec: NOW_SEC,
  ...more,
});

async function judge(
  raw: RawRequest,
  options: { nowSec?: number; revoked?: boolean; change?: (headers: Headers) => void } = {},
): Promise<string> {
  const signed = await signRaw(raw);
  options.change?.(signed.headers);
  const { nowSec = NOW_SEC, revoked = false } = options;
  const verified = await verifySignedRequest(signed, raw.body ?? new Uint8Array(0), {
    findKey: oneKey(KEY.keyId, KEY.secret, { revoked }),
    nowSec,
  });
  return verified.ok ? "valid" : verified.refusal;
}

describe("freshness", () => {
  it.each([
    [0, "valid"],
    [300, "valid"],
    [301, "signature_expired"],
    [-30, "valid"],
    [-31, "signature_expired"],
  ])("SIG-9: created %i s ago is %s", async (ageSec, expected) => {
    expect(await judge(post({ createdSec: NOW_SEC - ageSec }))).toBe(expected);
  });

  it.each([
    [0, "valid"],
    [1, "valid"],
    [-1, "signature_expired"],
  ])("SIG-10: expires %i s from now is %s", async (inSec, expected) => {
    const parameters = `;created=${NOW_SEC};expires=${NOW_SEC + inSec};nonce="0123456789abcdef";keyid="${KEY.keyId}";alg="hmac-sha256"`;
    expect(await judge(post({ parameters }))).toBe(expected);
  });

  it("SIG-12: a request signed before midnight UTC holds after it", async () => {
    const midnightSec = 1_774_051_200;
    expect(await judge(post({ createdSec: midnightSec - 1 }), { nowSec: midnightSec + 200 })).toBe(
      "valid",
    );
  });
});

describe("parameters", () => {
  const parameters = (more: { nonce?: string; keyId?: string; alg?: string }) =>
    `;created=${NOW_SEC};nonce="${more.nonce ?? "0123456789abcdef"}";keyid="${more.keyId ?? KEY.keyId}";alg="${more.alg ?? "hmac-sha256"}"`;

  it.each([
    ["a".repeat(15), "signature_invalid"],
    ["a".repeat(16), "valid"],
    ["a".repeat(64), "valid"],
    ["a".repeat(65), "signature_invalid"],
    ["0123456789abcde+", "signature_invalid"],
    ["0123456789abcde ", "signature_invalid"],
  ])("api.md 1: nonce %s is %s", async (nonce, expected) => {
    expect(await judge(post({ parameters: parameters({ nonce }) }))).toBe(expected);
  });

  it.each(["ed25519", "hmac-sha512", "HMAC-SHA256", "none", ""])(
    "SIG-8: alg %s is refused",
    async (alg) => {
      expect(await judge(post({ parameters: parameters({ alg }) }))).toBe("signature_invalid");
    },
  );

  it.each(["ak_other", "__proto__", "constructor", ""])(
    "api.md 1: key id %s that is nobody's is unknown",
    async (keyId) => {
      expect(await judge(post({ parameters: parameters({ keyId }) }))).toBe("key_unknown");
    },
  );

  it("SIG-5: a parameter that stands twice is refused", async () => {
    const twice = `${parameters({})};nonce="fedcba9876543210"`;
    expect(await judge(post({ parameters: twice }))).toBe("signature_invalid");
  });
});

describe("coverage", () => {
  it.each([
    '"@method"',
    '"@authority"',
    '"@path"',
    '"@query"',
    '"content-type"',
    '"content-digest"',
  ])("SIG-7: %s not covered is refused though the MAC holds", async (name) => {
    expect(await judge(post({ uncovered: [name] }))).toBe("signature_invalid");
  });

  it("SIG-7: an Idempotency-Key that is sent must be covered", async () => {
    const fields = [["idempotency-key", "k-1"]] as const;
    expect(await judge(post({ fields }))).toBe("valid");
    expect(await judge(post({ fields, uncovered: ['"idempotency-key"'] }))).toBe(
      "signature_invalid",
    );
  });

  it("SIG-15: a body without Content-Digest is refused", async () => {
    const signed = await signRaw({ ...post(), uncovered: ['"content-digest"'] });
    signed.headers.delete("content-digest");
    const verified = await verifySignedRequest(signed, BODY, {
      findKey: oneKey(KEY.keyId, KEY.secret),
      nowSec: NOW_SEC,
    });
    expect(verified).toEqual({ ok: false, refusal: "signature_invalid" });
  });

  it("api.md 1: a digest that differs from the body is told as such only to who holds the key", async () => {
    const digest = `sha-256=:${base64(new Uint8Array(32))}:`;
    const fields = [["content-digest", digest]] as const;
    expect(await judge(post({ fields }))).toBe("digest_mismatch");
    const stranger = { ...KEY, secret: "another" };
    expect(await judge(post({ fields, key: stranger }))).toBe("signature_invalid");
  });
});

describe("labels", () => {
  it("api.md 1: two labels are refused though the first one holds", async () => {
    const second = (headers: Headers) => {
      headers.append("signature-input", 'sig2=("@method");created=1');
      headers.append("signature", "sig2=:AAAA:");
    };
    expect(await judge(post(), { change: second })).toBe("signature_invalid");
  });

  it.each(["signature", "signature-input"])("api.md 1: without %s it is missing", async (name) => {
    expect(await judge(post(), { change: (headers) => headers.delete(name) })).toBe(
      "signature_missing",
    );
  });
});

describe("keys", () => {
  it("api.md 1: a revoked key is told so", async () => {
    expect(await judge(post(), { revoked: true })).toBe("key_revoked");
  });

  it("SIG-18: that a key is revoked is not told to who does not hold it", async () => {
    expect(await judge(post({ key: { ...KEY, secret: "another" } }), { revoked: true })).toBe(
      "signature_invalid",
    );
  });

  it.each([0, 1, 16, 31, 33, 64])("SIG-13: a MAC of %i bytes is refused", async (length) => {
    const mac = new Uint8Array(await hmac(BODY, "y"));
    const bytes = new Uint8Array(length);
    bytes.set(mac.slice(0, Math.min(length, 32)));
    const change = (headers: Headers) => headers.set("signature", `sig1=:${base64(bytes)}:`);
    expect(await judge(post(), { change })).toBe("signature_invalid");
  });

  it("SIG-13: the first 31 bytes of the right MAC are refused", async () => {
    const signed = await signRaw(post());
    const right = /:(.*):/.exec(signed.headers.get("signature") ?? "")?.[1] ?? "";
    const cut = Uint8Array.from(atob(right), (c) => c.charCodeAt(0)).slice(0, 31);
    signed.headers.set("signature", `sig1=:${base64(cut)}:`);
    const options = { findKey: oneKey(KEY.keyId, KEY.secret), nowSec: NOW_SEC };
    expect(await verifySignedRequest(signed, BODY, options)).toEqual({
      ok: false,
      refusal: "signature_invalid",
    });
  });
});
