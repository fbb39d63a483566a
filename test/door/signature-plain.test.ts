import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signRequest } from "#client";
import { verifyByLibrary } from "../../src/door/signature-library.ts";
import { readPlainSignature, verifyPlain } from "../../src/door/signature-plain.ts";
import { signRaw } from "../support/raw-sign.ts";
import httpSignatures from "../vectors/http-signatures.json" with { type: "json" };
import { oneKey } from "./keys.ts";

const KEY = { keyId: "ak_plain", secret: "secret-of-plain" };
const NOW_SEC = 1_774_074_486;
const OPTIONS = { findKey: oneKey(KEY.keyId, KEY.secret), nowSec: NOW_SEC };

/** What the two readers say; the plain one only where it takes the signature for its own. */
async function bothOf(request: Request, hasBody: boolean, options = OPTIONS) {
  const signature = readPlainSignature(request.headers);
  const library = await verifyByLibrary(request, hasBody, options);
  const plain = signature && (await verifyPlain(request, hasBody, { signature, options }));
  const told = (verified: typeof library | undefined) =>
    verified && (verified.ok ? { ...verified.value, apiKey: verified.value.apiKey.id } : verified);
  return { plain: told(plain), library: told(library) };
}

const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "get", "PATCH");
const path = fc.webPath();
const query = fc.oneof(
  fc.constant(""),
  fc.constant("?"),
  fc.webQueryParameters().map((text) => `?${text}`),
);
const host = fc.oneof(
  fc.constantFrom(
    "gateway.example",
    "GATEWAY.example:443",
    "gateway.example:8443",
    "127.0.0.1:8787",
    "[2001:DB8::1]",
  ),
  fc.domain(),
);
const scheme = fc.constantFrom("https", "http");
const text = fc.string({
  unit: fc.constantFrom(...Array.from('abcXYZ019 ;,="\\()@:/-_')),
  maxLength: 40,
});
const parameter = fc.oneof(
  fc.constantFrom(
    `;created=${NOW_SEC}`,
    `;created=${NOW_SEC - 301}`,
    `;created=0${NOW_SEC}`,
    `;created=${NOW_SEC}.0`,
    ";created=-1",
    `;expires=${NOW_SEC + 9}`,
    `;expires=${NOW_SEC - 9}`,
    ';nonce="0123456789abcdef"',
    ';nonce="short"',
    ';keyid="ak_plain"',
    ';keyid="ak_other"',
    ';alg="hmac-sha256"',
    ';alg="ed25519"',
    ";alg",
    ';tag="x"',
  ),
  text.map((value) => `;nonce="${value}"`),
);
const usual = `;created=${NOW_SEC};nonce="0123456789abcdef";keyid="ak_plain";alg="hmac-sha256"`;
const parameters = fc.oneof(
  fc.constant(usual),
  fc.array(parameter, { maxLength: 7 }).map((all) => all.join("")),
);
const idempotencyKey = fc.option(
  fc.string({ unit: fc.constantFrom(...Array.from('abc019 \t,;"-')), minLength: 1, maxLength: 12 }),
);

const request = fc.record({
  scheme,
  host,
  path,
  query,
  method,
  parameters,
  idempotencyKey,
  hasBody: fc.boolean(),
});

/** Edits of a signed request: what a proxy, an attacker or a careless client may do. */
const edit = fc.record({
  field: fc.constantFrom(
    "signature",
    "signature-input",
    "content-type",
    "idempotency-key",
    "x-other",
  ),
  at: fc.nat(200),
  put: fc.constantFrom(
    "",
    " ",
    "  ",
    ";",
    ",",
    '"',
    "(",
    ")",
    "=",
    ":",
    "A",
    "0",
    "%",
    "@",
    ' "@path"',
    ";created=1",
  ),
  cut: fc.nat(2),
});

function edited(
  source: Request,
  edits: readonly { field: string; at: number; put: string; cut: number }[],
): Request {
  const headers = new Headers(source.headers);
  for (const { field, at, put, cut } of edits) {
    const value = headers.get(field) ?? "";
    const from = at % (value.length + 1);
    headers.set(field, value.slice(0, from) + put + value.slice(from + cut));
  }
  return new Request(source.url, { method: source.method, headers });
}

describe("the plain signature", () => {
  it("SIG-1 to SIG-8: wherever it reads a signature it says what the library says", async () => {
    let read = 0;
    let held = 0;
    await fc.assert(
      fc.asyncProperty(request, fc.array(edit, { maxLength: 2 }), async (given, edits) => {
        const url = `${given.scheme}://${given.host}${given.path}${given.query}`;
        if (!URL.canParse(url)) return;
        const signed = await signRaw({
          method: given.method,
          url,
          key: KEY,
          createdSec: NOW_SEC,
          parameters: given.parameters,
          fields: given.idempotencyKey === null ? [] : [["idempotency-key", given.idempotencyKey]],
          ...(given.hasBody && given.method.toUpperCase() !== "GET"
            ? { body: new Uint8Array([123, 125]) }
            : {}),
        });
        const { plain, library } = await bothOf(edited(signed, edits), given.hasBody);
        if (plain === undefined) return;
        read += 1;
        if ("nonce" in plain) held += 1;
        expect(plain).toEqual(library);
      }),
      { numRuns: 3_000 },
    );
    // The property says something only where both sides are met often.
    expect(read).toBeGreaterThan(500);
    expect(held).toBeGreaterThan(100);
  });

  it.each(httpSignatures.vectors)(
    "SIG: vector $id, where it is plain, is judged as by the library",
    async (vector) => {
      const headers = new Headers();
      for (const [name = "", value = ""] of vector.request.headers) headers.append(name, value);
      const given = new Request(vector.request.url, { method: vector.request.method, headers });
      const options = { findKey: oneKey(vector.keyid, vector.secret), nowSec: vector.now };
      const { plain, library } = await bothOf(
        given,
        (vector.request.body_b64 ?? "") !== "",
        options,
      );
      expect(plain ?? library).toEqual(library);
    },
  );

  it("perf: every request of our own SDK is plain", async () => {
    const url = "https://gateway.example/api/payments/initiate?a=b";
    for (const more of [{}, { body: "{}" }, { body: "{}", idempotencyKey: "k:1" }]) {
      const signed = await signRequest({ method: "POST", url, ...more }, KEY, {
        createdSec: NOW_SEC,
      });
      expect(readPlainSignature(new Headers(signed.headers))).toBeDefined();
    }
  });

  it("SIG-5: a URL with a fragment, which no request on the wire has, does not hold", async () => {
    const signed = await signRaw({
      method: "GET",
      url: "https://gateway.example/a",
      key: KEY,
      createdSec: NOW_SEC,
    });
    const other = new Request("https://gateway.example/a#b", { headers: signed.headers });
    const { plain } = await bothOf(other, false);
    expect(plain).toEqual({ ok: false, refusal: "signature_invalid" });
  });
});
