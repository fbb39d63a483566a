import { describe, expect, it } from "vitest";
import { BASE, freshId, initiateBody, send } from "../support/call.ts";
import { type RawRequest, signRaw } from "../support/raw-sign.ts";
import { TEST_KEYS } from "../support/secrets.ts";

const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text));

const post = (more: Partial<RawRequest> = {}): RawRequest => ({
  method: "POST",
  url: `${BASE}/api/payments/initiate`,
  body: utf8(JSON.stringify(initiateBody())),
  key: TEST_KEYS.alpha,
  ...more,
});
const get = (path: string, more: Partial<RawRequest> = {}): RawRequest => ({
  method: "GET",
  url: BASE + path,
  key: TEST_KEYS.alpha,
  ...more,
});

/** The status, and the code of a refusal. */
async function answerTo(raw: RawRequest, change?: (headers: Headers) => void): Promise<string> {
  const signed = await signRaw(raw);
  change?.(signed.headers);
  const { status, json } = await send(signed);
  return typeof json["code"] === "string" ? `${status} ${json["code"]}` : String(status);
}

const MISSING = () => `/api/payments/status/${freshId()}`;

describe("the door, over HTTP", () => {
  it("SIG-3: HEAD is a method of its own: signed as such it is answered without a body", async () => {
    const path = MISSING();
    const head = await send(await signRaw(get(path, { method: "HEAD" })));
    expect([head.status, head.text]).toEqual([404, ""]);
    const signedAsGet = await signRaw(get(path));
    const sentAsHead = new Request(signedAsGet.url, {
      method: "HEAD",
      headers: signedAsGet.headers,
    });
    expect((await send(sentAsHead)).status).toBe(401);
  });

  it.each([
    ["x-forwarded-host", "other.example"],
    ["x-forwarded-proto", "http"],
    ["x-forwarded-port", "8080"],
    ["forwarded", "host=other.example"],
    ["x-http-method-override", "POST"],
    ["x-original-url", "/api/payments/health"],
  ])("SIG-3: %s changes nothing", async (name, value) => {
    const raw = get(MISSING(), { fields: [[name, value]] });
    expect(await answerTo(raw)).toBe("404 payment_not_found");
  });

  it("SIG-3: host in upper case and the default port are the same authority", async () => {
    const path = MISSING();
    const signed = await signRaw(get(path));
    const sent = new Request(`https://GATEWAY.example:443${path}`, { headers: signed.headers });
    expect((await send(sent)).status).toBe(404);
  });

  it("SIG-3: another port is another authority", async () => {
    const path = MISSING();
    const signed = await signRaw(get(path));
    const sent = new Request(`${BASE}:8443${path}`, { headers: signed.headers });
    expect((await send(sent)).json["code"]).toBe("signature_invalid");
  });

  it.each(["?", "?refresh=false", "?a=%2F&b=+%20&c=%zz", "?%E2%82%B9"])(
    "SIG-3: a signed query %s comes through",
    async (query) => {
      expect(await answerTo(get(`${MISSING()}${query}`))).toBe("404 payment_not_found");
    },
  );

  it.each(["/api//payments/status/o", "//api/payments/status/o", "/API/payments/status/o"])(
    "api.md 1: the path %s is no route, signed or not",
    async (path) => {
      expect(await answerTo(get(path))).toBe("404 route_not_found");
    },
  );

  it.each(["o%2Fo", "%zz", "o+o", "%E0%A4%9A", "%00"])(
    "API-4: the id %s, rightly signed, is refused without an error of ours",
    async (id) => {
      const answer = await answerTo(get(`/api/payments/status/${id}`));
      expect(answer).toMatch(/^4\d\d /);
      expect(answer).not.toMatch(/^401/);
    },
  );

  it("SIG-15: content-length 0 with a content type is no body: the signature holds", async () => {
    const raw = get("/api/payments/initiate", {
      method: "POST",
      fields: [
        ["content-length", "0"],
        ["content-type", "application/json"],
      ],
    });
    expect(await answerTo(raw)).toBe("400 malformed_json");
  });

  it("api.md 1: content-length 0 without a content type is 415 only after the signature", async () => {
    const fields = [["content-length", "0"]] as const;
    const raw = get("/api/payments/initiate", { method: "POST", fields });
    expect(await answerTo(raw)).toBe("415 unsupported_media_type");
    const broken = (headers: Headers) => headers.set("signature", "sig1=:AAAA:");
    expect(await answerTo(raw, broken)).toBe("401 signature_invalid");
  });

  it("api.md 3: two Idempotency-Key lines, signed as one value, are malformed", async () => {
    const fields = [
      ["idempotency-key", "k-1"],
      ["idempotency-key", "k-2"],
    ] as const;
    expect(await answerTo(post({ fields }))).toBe("400 malformed_header");
  });

  it("api.md 3: a quoted key and a bare one are two keys", async () => {
    const key = freshId("key");
    const first = post({ fields: [["idempotency-key", key]] });
    const quoted = post({ fields: [["idempotency-key", `"${key}"`]] });
    expect(await answerTo(first)).toBe("201");
    expect(await answerTo(quoted)).toBe("201");
    const other = post({ fields: [["idempotency-key", `"${key}"`]] });
    expect(await answerTo(other)).toBe("422 idempotency_key_reused");
  });

  it("HDR: two Content-Type lines, signed as one value, are no media type of ours", async () => {
    const fields = [
      ["content-type", "application/json"],
      ["content-type", "application/json"],
    ] as const;
    expect(await answerTo(post({ fields }))).toBe("415 unsupported_media_type");
  });

  it.each(["signature", "signature-input"])(
    "SIG-6: two equal %s lines are refused",
    async (name) => {
      const doubled = (headers: Headers) => headers.append(name, headers.get(name) ?? "");
      expect(await answerTo(get(MISSING()), doubled)).toBe("401 signature_invalid");
    },
  );

  it("API-4: signature fields over 8 KiB are refused", async () => {
    const long = (headers: Headers) => headers.set("signature", `sig1=:${"A".repeat(9_000)}:`);
    expect(await answerTo(get(MISSING()), long)).toBe("401 signature_invalid");
  });

  it.each(["\r\nx-evil: 1", "\nx-evil: 1", "\0"])(
    "HDR: a header with %j in it is never sent",
    async (text) => {
      expect(() => new Headers({ "signature-input": `sig1=()${text}` })).toThrow(TypeError);
    },
  );

  it("SIG-18: a refusal shows neither the base nor what was sent", async () => {
    const signed = await signRaw(get(MISSING()));
    const mac = "c2VjcmV0LWxvb2tpbmctbWFj";
    signed.headers.set("signature", `sig1=:${mac}:`);
    const { text, headers } = await send(signed);
    const shown = `${text} ${JSON.stringify([...headers])}`;
    for (const part of [mac, "@signature-params", "nonce", TEST_KEYS.alpha.secret]) {
      expect(shown).not.toContain(part);
    }
  });
});
