import fc from "fast-check";
import { isSignatureError, type ResponseDescriptor, verifySignature } from "http-message-sig";
import { describe, expect, it } from "vitest";
import { type AnswerToSign, contentDigestHolds, signAnswer, verifySignedRequest } from "#door";
import { dailySigningKey } from "#vault";
import { base64, type RawRequest, signRaw } from "../support/raw-sign.ts";
import { oneKey } from "./keys.ts";

const KEY = { keyId: "ak_answers", secret: "secret-of-answers" };
const NOW_SEC = 1_774_074_486;
const KEYS = oneKey(KEY.keyId, KEY.secret);
const ALL = '"@status" "content-type" "content-digest" "signature";req;key="sig1"';
const WISH = `ours=(${ALL});created;keyid="${KEY.keyId}";alg="hmac-sha256"`;
const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text));

const REQUEST: RawRequest = {
  method: "POST",
  url: "https://gateway.example/api/payments/initiate?a=1",
  body: utf8('{"a":1}'),
  fields: [["idempotency-key", "k-1"]],
  key: KEY,
  createdSec: NOW_SEC,
};

const answerOf = (more: Partial<AnswerToSign> = {}): AnswerToSign => ({
  status: 201,
  headers: new Headers({ "content-type": "application/json", "x-request-id": "req_1" }),
  body: utf8('{"state":"PENDING"}'),
  ...more,
});

interface Exchange {
  readonly request: Request;
  readonly answer: AnswerToSign;
  readonly added: Readonly<Record<string, string>>;
}

/** A signed request with this wish, and what the door adds to its answer. */
async function exchange(
  wish: string | null,
  { answer = answerOf(), raw = REQUEST, nowSec = NOW_SEC } = {},
): Promise<Exchange> {
  const request = await signRaw(raw);
  if (wish !== null) request.headers.set("accept-signature", wish);
  const options = { findKey: KEYS, nowSec: NOW_SEC };
  const verified = await verifySignedRequest(request, raw.body ?? new Uint8Array(0), options);
  if (!verified.ok) throw new Error(verified.refusal);
  const added = await signAnswer(answer, request, { signer: verified.value, nowSec });
  return { request, answer, added };
}

/** What the library, told nothing of how it was made, thinks of an answer to a request. */
async function judge({ request, answer, added }: Exchange, nowSec = NOW_SEC): Promise<string> {
  const digest = added["content-digest"] ?? "";
  if (!(await contentDigestHolds(digest, answer.body))) return "digest";
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(added)) headers.set(name, value);
  const message: ResponseDescriptor = {
    kind: "response",
    status: answer.status,
    fields: [...headers].map(([name, value]) => ({ name, value })),
    request,
  };
  try {
    await verifySignature(message, {
      policy: {
        algorithms: ["hmac-sha256"],
        requiredComponents: [
          "@status",
          "content-type",
          "content-digest",
          { name: "signature", parameters: { req: true, key: "sig1" } },
        ],
        requiredParameters: ["created", "keyid", "alg"],
        maxAge: 300,
        now: nowSec,
      },
      resolveVerifier: async ({ parameters }) => {
        const apiKey = await KEYS(parameters.keyid ?? "");
        if (!apiKey) throw new Error("unknown key");
        const key = await dailySigningKey(apiKey, parameters.created ?? 0);
        return {
          algorithm: "hmac-sha256",
          verify: (base, mac) =>
            crypto.subtle.verify("HMAC", key, new Uint8Array(mac), new Uint8Array(base)),
        };
      },
    });
    return "valid";
  } catch (error) {
    if (!isSignatureError(error)) throw error;
    return error.code;
  }
}

const inputOf = async (wish: string, options: Parameters<typeof exchange>[1] = {}) =>
  (await exchange(wish, options)).added["signature-input"];
const member = (components: string, more = "") =>
  `(${components});created=${NOW_SEC}${more};keyid="${KEY.keyId}";alg="hmac-sha256"`;

describe("a signed answer", () => {
  it("RFC 9421 5: holds for an independent verifier, with the asked label", async () => {
    const made = await exchange(WISH);
    expect(await judge(made)).toBe("valid");
    expect(made.added["signature-input"]).toBe(`ours=${member(ALL)}`);
    expect(made.added["signature"]).toMatch(/^ours=:[A-Za-z0-9+/]{43}=:$/);
  });

  it("RFC 9530: its digest is the one of its bytes, of none too", async () => {
    for (const body of [utf8("{}"), new Uint8Array(0), utf8("₹")]) {
      const made = await exchange(WISH, { answer: answerOf({ body }) });
      const digest = base64(await crypto.subtle.digest("SHA-256", body));
      expect(made.added["content-digest"]).toBe(`sha-256=:${digest}:`);
      expect(await judge(made)).toBe("valid");
    }
  });

  it("DAY-1: is made with the key of its own day, not of the request's", async () => {
    const midnightSec = 1_774_051_200;
    const raw = { ...REQUEST, createdSec: midnightSec - 1 };
    const request = await signRaw(raw);
    request.headers.set("accept-signature", WISH);
    const options = { findKey: KEYS, nowSec: midnightSec };
    const verified = await verifySignedRequest(request, raw.body ?? new Uint8Array(0), options);
    const signer = verified.ok ? verified.value : undefined;
    expect(signer).toBeDefined();
    if (!signer) return;
    const added = await signAnswer(answerOf(), request, { signer, nowSec: midnightSec });
    expect(await judge({ request, answer: answerOf(), added }, midnightSec)).toBe("valid");
  });

  it("HDR: a problem is signed like any other answer", async () => {
    const headers = new Headers({ "content-type": "application/problem+json" });
    const answer = answerOf({ status: 422, headers });
    expect(await judge(await exchange(WISH, { answer }))).toBe("valid");
  });

  it("SIG-7: it cannot pass for a request, nor a request for an answer", async () => {
    const { request, answer, added } = await exchange(WISH);
    const asRequest = new Request(request.url, { method: "POST", headers: request.headers });
    for (const name of ["signature", "signature-input", "content-digest"]) {
      asRequest.headers.set(name, added[name] ?? "");
    }
    const options = { findKey: KEYS, nowSec: NOW_SEC };
    const verified = await verifySignedRequest(asRequest, answer.body, options);
    expect(verified).toEqual({ ok: false, refusal: "signature_invalid" });
    const names = ["signature", "signature-input"] as const;
    const turned = names.map((name) => [name, request.headers.get(name) ?? ""]);
    const asAnswer = { ...added, ...Object.fromEntries(turned) };
    expect(await judge({ request, answer, added: asAnswer })).not.toBe("valid");
  });
});

describe("what is covered", () => {
  it.each([
    ["", ALL],
    ['"@status"', ALL],
    [
      '"content-digest" "@status"',
      `"content-digest" "@status" "content-type" "signature";req;key="sig1"`,
    ],
    ['"x-request-id"', `"x-request-id" ${ALL}`],
    ['"@method";req "@path";req', `"@method";req "@path";req ${ALL}`],
    ['"@authority";req "@query";req', `"@authority";req "@query";req ${ALL}`],
    [
      '"content-digest";req "idempotency-key";req',
      `"content-digest";req "idempotency-key";req ${ALL}`,
    ],
    [
      '"signature";key="sig1";req',
      '"signature";key="sig1";req "@status" "content-type" "content-digest"',
    ],
  ])(
    "RFC 9421 5.2: asked for %s it is that, and always the binding to the request",
    async (asked, all) => {
      const made = await exchange(`a=(${asked})`);
      expect(made.added["signature-input"]).toBe(`a=${member(all)}`);
      expect(await judge(made)).toBe("valid");
    },
  );

  it("IDM-4: that an answer is repeated is covered when it is", async () => {
    const replayed = new Headers(answerOf().headers);
    replayed.set("idempotency-replayed", "true");
    const wish = 'a=("idempotency-replayed")';
    const made = await exchange(wish, { answer: answerOf({ headers: replayed }) });
    expect(made.added["signature-input"]).toContain('("idempotency-replayed" ');
    expect(await judge(made)).toBe("valid");
    expect(await inputOf(wish)).toBeUndefined();
  });

  it.each([
    '"content-length"',
    '"date"',
    '"@status";req',
    '"@method"',
    '"@target-uri";req',
    '"@request-target";req',
    '"@query-param";req;name="a"',
    '"content-type";req',
    '"content-digest";sf',
    '"content-digest";bs',
    '"content-digest";key="sha-256"',
    '"signature";req',
    '"signature";req;key="sig2"',
    '"signature";key="sig1"',
    '"signature-input";req;key="sig1"',
    '"authorization";req',
    '"@status" "@status"',
    '"signature";req;key="sig1" "signature";key="sig1";req',
    '"@Status"',
    '"@signature-params"',
    "status",
    "1",
  ])("RFC 9421 5.2: what cannot be given leaves the answer unsigned: %s", async (asked) => {
    expect((await exchange(`a=(${asked})`)).added).toEqual({});
  });

  it.each(['"idempotency-key";req', '"content-digest";req'])(
    "RFC 9421 5.2: %s of a request without one cannot be given",
    async (asked) => {
      const raw = { method: "GET", url: REQUEST.url, key: KEY, createdSec: NOW_SEC };
      expect((await exchange(`a=(${asked})`, { raw })).added).toEqual({});
      expect(await judge(await exchange("a=()", { raw }))).toBe("valid");
    },
  );
});

describe("parameters", () => {
  it.each([
    [';nonce="n-1"', ';nonce="n-1"'],
    [';tag="shop"', ';tag="shop"'],
    [';tag="t";nonce="bm9uY2U+/w=="', ';nonce="bm9uY2U+/w==";tag="t"'],
    [';created;alg="hmac-sha256"', ""],
  ])("RFC 9421 5.2: %s is met", async (asked, echoed) => {
    expect(await inputOf(`a=()${asked}`)).toBe(`a=${member(ALL)}${echoed}`);
  });

  it("RFC 9421 5.2: an end that is asked for is as far as a request's", async () => {
    const made = await exchange("a=();expires");
    expect(made.added["signature-input"]).toBe(`a=${member(ALL, `;expires=${NOW_SEC + 300}`)}`);
    expect(await judge(made)).toBe("valid");
  });

  it.each([
    ';keyid="ak_other"',
    ";keyid=ak_answers",
    ';alg="ed25519"',
    ';alg="HMAC-SHA256"',
    ";created=1",
    ";created=?0",
    ";expires=1",
    ';nonce=""',
    ';nonce="a b"',
    String.raw`;nonce="a\"b"`,
    `;nonce="${"n".repeat(129)}"`,
    ";nonce",
    ';tag="<b>"',
    ";tag=shop",
    ";unknown",
    ";x=1",
  ])("RFC 9421 5.2: %s cannot be met", async (asked) => {
    expect((await exchange(`a=()${asked}`)).added).toEqual({});
  });
});

describe("several wishes, or none", () => {
  it("RFC 9421 5.2: the first that can be met is, the others are not", async () => {
    const wishes = 'x, y=1, a=("date"), b=();alg="none", c=("@status"), d=()';
    expect(await inputOf(wishes)).toBe(`c=${member(ALL)}`);
  });

  it("RFC 9421 5: without the field nothing is added", async () => {
    expect((await exchange(null)).added).toEqual({});
  });

  it.each([
    "",
    ",",
    "a",
    "a=",
    "a=(",
    'a=("@status"',
    "A=()",
    "a=();",
    "a=(),",
    "a=:AAAA:",
    "₹=()",
  ])("SIG-16: %j says nothing, and the answer goes out unsigned", async (wish) => {
    expect((await exchange(wish)).added).toEqual({});
  });

  it("API-4: a field over 8 KiB, or a label over 64 characters, is ignored", async () => {
    expect((await exchange(`a=()${" ".repeat(10)},${"b".repeat(8_192)}`)).added).toEqual({});
    expect((await exchange(`${"l".repeat(65)}=()`)).added).toEqual({});
    expect(await inputOf(`${"l".repeat(64)}=()`)).toContain("l=(");
  });

  it("RFC 9110 9.3.2: an answer to HEAD has no content to vouch for", async () => {
    const raw = { method: "HEAD", url: REQUEST.url, key: KEY, createdSec: NOW_SEC };
    expect((await exchange("a=()", { raw })).added).toEqual({});
  });

  it("RFC 9421 2.1: an answer without a content type stays unsigned", async () => {
    const answer = answerOf({ headers: new Headers() });
    expect((await exchange("a=()", { answer })).added).toEqual({});
  });

  it("SIG-16: wishes of any text never are an error of ours, nor a broken header", async () => {
    const request = await signRaw(REQUEST);
    const apiKey = await KEYS(KEY.keyId);
    const pieces = [
      '"@status"',
      "a=",
      "(",
      ")",
      ";created",
      ';nonce="',
      '"',
      ",",
      ";req",
      ";key=",
      '"sig1"',
      " ",
      "?1",
      ":",
    ];
    const text = fc
      .array(fc.constantFrom(...pieces, "\\", "1", "signature"))
      .map((all) => all.join(""));
    await fc.assert(
      fc.asyncProperty(text, async (wish) => {
        request.headers.set("accept-signature", wish);
        if (!apiKey) throw new Error("no key");
        const signing = { signer: { apiKey, label: "sig1" }, nowSec: NOW_SEC };
        const added = await signAnswer(answerOf(), request, signing);
        expect(() => new Headers(added)).not.toThrow();
        expect([0, 3]).toContain(Object.keys(added).length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("single changes", () => {
  const changes: Record<string, (made: Exchange) => Exchange> = {
    status: (made) => ({ ...made, answer: { ...made.answer, status: 200 } }),
    body: (made) => ({ ...made, answer: { ...made.answer, body: utf8("{}") } }),
    "content type": (made) => {
      const headers = new Headers({ "content-type": "text/html" });
      return { ...made, answer: { ...made.answer, headers } };
    },
    "request id": (made) => {
      const headers = new Headers(made.answer.headers);
      headers.set("x-request-id", "req_2");
      return { ...made, answer: { ...made.answer, headers } };
    },
    created: (made) => {
      const input = made.added["signature-input"]?.replace(`${NOW_SEC}`, `${NOW_SEC - 1}`) ?? "";
      return { ...made, added: { ...made.added, "signature-input": input } };
    },
  };

  it.each(Object.keys(changes))("RFC 9421 3.2: another %s is refused", async (name) => {
    const made = await exchange('a=("x-request-id")');
    const changed = changes[name]?.(made) ?? made;
    expect(await judge(made)).toBe("valid");
    expect(await judge(changed)).not.toBe("valid");
  });

  it("RFC 9421 2.4: the answer of another request of the same key is refused", async () => {
    const mine = await exchange(WISH);
    const other = await exchange(WISH);
    expect(await judge({ ...mine, added: other.added })).toBe("VerificationFailed");
  });

  it("RFC 9421 2.4: an answer of before the request's signature was renewed is refused", async () => {
    const made = await exchange(WISH);
    const again = await signRaw({ ...REQUEST, createdSec: NOW_SEC + 1 });
    expect(await judge({ ...made, request: again })).toBe("VerificationFailed");
  });
});
