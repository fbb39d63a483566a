import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifySignedRequest } from "#door";
import { base64, fromBase64, signRaw } from "../support/raw-sign.ts";
import { oneKey } from "./keys.ts";

const KEY = { keyId: "ak_property", secret: "secret-of-property" };
const NOW_SEC = 1_774_074_486;
const OPTIONS = { findKey: oneKey(KEY.keyId, KEY.secret), nowSec: NOW_SEC };
const ORIGIN = "https://gateway.example";

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

type Change = (sent: Sent, at: number) => Sent;

const withUrl = (sent: Sent, edit: (url: URL) => void): Sent => {
  const url = new URL(sent.url);
  edit(url);
  return { ...sent, url: url.href };
};
const withHeader = (sent: Sent, name: string, edit: (value: string) => string): Sent => {
  const headers = new Headers(sent.headers);
  headers.set(name, edit(headers.get(name) ?? ""));
  return { ...sent, headers };
};
const flipped = (bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> => {
  const copy = new Uint8Array(bytes);
  const index = at % copy.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << (at % 8));
  return copy;
};

/** Single changes, each of which a signature must not survive. */
const CHANGES: Record<string, Change> = {
  method: (sent) => ({ ...sent, method: sent.method === "POST" ? "PUT" : "POST" }),
  host: (sent) => withUrl(sent, (url) => (url.hostname = `x${url.hostname}`)),
  port: (sent, at) => withUrl(sent, (url) => (url.port = String(1_000 + (at % 9_000)))),
  path: (sent, at) => withUrl(sent, (url) => (url.pathname += `/${at}`)),
  "path's case": (sent) => withUrl(sent, (url) => (url.pathname = url.pathname.toUpperCase())),
  query: (sent, at) => withUrl(sent, (url) => (url.search += `${url.search ? "&" : "?"}z${at}`)),
  body: (sent, at) => ({ ...sent, body: flipped(sent.body, at) }),
  "body's end": (sent) => ({ ...sent, body: new Uint8Array([...sent.body, 32]) }),
  signature: (sent, at) =>
    withHeader(sent, "signature", (value) => {
      const mac = fromBase64(/:(.*):/.exec(value)?.[1] ?? "");
      return `sig1=:${base64(flipped(mac, at))}:`;
    }),
  created: (sent, at) =>
    withHeader(sent, "signature-input", (value) =>
      value.replace(/created=\d+/, `created=${NOW_SEC - 1 - (at % 200)}`),
    ),
  nonce: (sent) =>
    withHeader(sent, "signature-input", (value) => value.replace(/nonce="[^"]/, 'nonce="_')),
  "content-type": (sent) => withHeader(sent, "content-type", (value) => `${value};a=b`),
  "content-digest": (sent) => withHeader(sent, "content-digest", (value) => `${value}, md5=:AAAA:`),
  "idempotency-key": (sent, at) => withHeader(sent, "idempotency-key", (value) => `${value}${at}`),
  "covered field of the signer's": (sent, at) => withHeader(sent, "x-tag", () => `other ${at}`),
};

const word = fc.stringMatching(/^[A-Za-z0-9_~-]{1,12}$/);
const requestArbitrary = fc.record({
  path: fc.array(word, { minLength: 1, maxLength: 4 }),
  query: fc.array(fc.tuple(word, word), { maxLength: 3 }),
  body: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  key: word,
  tag: word,
});

describe("single changes", () => {
  it.each(Object.keys(CHANGES))("SIG-1: a changed %s is refused", async (name) => {
    const change = CHANGES[name];
    await fc.assert(
      fc.asyncProperty(requestArbitrary, fc.nat(1_000_000), async (drawn, at) => {
        const search = drawn.query.map(([key, value]) => `${key}=${value}`).join("&");
        const body = new Uint8Array(drawn.body);
        const signed = await signRaw({
          method: "POST",
          url: `${ORIGIN}/a/${drawn.path.join("/")}${search ? `?${search}` : ""}`,
          fields: [
            ["idempotency-key", drawn.key],
            ["x-tag", drawn.tag],
          ],
          components: { '"x-tag"': drawn.tag },
          body,
          key: KEY,
          createdSec: NOW_SEC,
        });
        const sent = { method: "POST", url: signed.url, headers: signed.headers, body };
        const changed = change?.(sent, at) ?? sent;
        const verify = ({ body: bytes, ...init }: Sent) =>
          verifySignedRequest(new Request(init.url, init), bytes, OPTIONS);
        expect((await verify(sent)).ok).toBe(true);
        expect((await verify(changed)).ok).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe("hostile fields", () => {
  it("SIG-16: signature fields of any text are refused, never an error of ours", async () => {
    const text = fc.string({
      unit: fc.constantFrom(...'sig1=:();"@, \\?#-_abcz0129.*%'.split("")),
    });
    await fc.assert(
      fc.asyncProperty(text, text, async (input, signature) => {
        const headers = { "signature-input": input, signature };
        const request = new Request(`${ORIGIN}/a`, { headers });
        const verified = await verifySignedRequest(request, new Uint8Array(0), OPTIONS);
        expect(verified.ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
