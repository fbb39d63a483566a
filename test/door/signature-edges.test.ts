import { describe, expect, it } from "vitest";
import { verifySignedRequest } from "#door";
import { base64, hmac, type RawRequest, signRaw } from "../support/raw-sign.ts";
import { oneKey } from "./keys.ts";

const KEY = { keyId: "ak_edges", secret: "secret-of-edges" };
const NOW_SEC = 1_774_074_486;
const ORIGIN = "https://gateway.example";
const BODY = new Uint8Array(new TextEncoder().encode('{"a":1}'));

const get = (more: Partial<RawRequest> = {}): RawRequest => ({
  method: "GET",
  url: `${ORIGIN}/api/payments/status/o-1`,
  key: KEY,
  createdSec: NOW_SEC,
  ...more,
});
const post = (more: Partial<RawRequest> = {}) => get({ method: "POST", body: BODY, ...more });

async function verdictOf(request: Request, body = new Uint8Array(0)): Promise<string> {
  const options = { findKey: oneKey(KEY.keyId, KEY.secret), nowSec: NOW_SEC };
  const verified = await verifySignedRequest(request, body, options);
  return verified.ok ? "valid" : verified.refusal;
}

/** Signs, lets something happen on the way, and asks the door. */
async function judge(raw: RawRequest, change?: (headers: Headers) => void): Promise<string> {
  const signed = await signRaw(raw);
  change?.(signed.headers);
  return verdictOf(signed, raw.body);
}

const edited = (name: string, edit: (value: string) => string) => (headers: Headers) =>
  headers.set(name, edit(headers.get(name) ?? ""));

const parameters = (more: Record<string, string | undefined> = {}) => {
  const all = {
    created: String(NOW_SEC),
    nonce: '"0123456789abcdef"',
    keyid: `"${KEY.keyId}"`,
    alg: '"hmac-sha256"',
    ...more,
  };
  const written = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`;${name}=${value}`],
  );
  return written.join("");
};
const withParameter = (name: string, value: string | undefined) =>
  get({ parameters: parameters({ [name]: value }) });

describe("labels", () => {
  it.each(["a", "*", "sig.1_-*", "s".repeat(64)])(
    "api.md 1: any label will do: %s",
    async (label) => {
      const rename = (headers: Headers) => {
        edited("signature", (value) => value.replace("sig1", label))(headers);
        edited("signature-input", (value) => value.replace("sig1", label))(headers);
      };
      expect(await judge(get(), rename)).toBe("valid");
    },
  );

  it("SIG-6: the label that held is told, for the answer to be bound to it", async () => {
    const options = { findKey: oneKey(KEY.keyId, KEY.secret), nowSec: NOW_SEC };
    const verified = await verifySignedRequest(await signRaw(get()), new Uint8Array(0), options);
    expect(verified.ok && verified.value.label).toBe("sig1");
  });

  it("api.md 1: two labels that both hold are refused", async () => {
    const twice = (headers: Headers) => {
      for (const name of ["signature", "signature-input"]) {
        edited(name, (value) => `${value}, ${value.replace("sig1", "sig2")}`)(headers);
      }
    };
    expect(await judge(get(), twice)).toBe("signature_invalid");
  });

  it.each([
    ["a second label in Signature", "signature", ", sig2=:AAAA:"],
    ["a second label in Signature-Input", "signature-input", ', sig2=("@method");created=1'],
    ["a flag beside the label in Signature", "signature", ", sig2"],
    ["a flag beside the label in Signature-Input", "signature-input", ", sig2"],
  ])("SIG-6: %s is refused", async (_, name, more) => {
    expect(
      await judge(
        get(),
        edited(name, (value) => value + more),
      ),
    ).toBe("signature_invalid");
  });

  it.each(["signature", "signature-input"])(
    "SIG-6: the same label twice in %s is refused, whichever comes last",
    async (name) => {
      const doubled = (headers: Headers) => headers.append(name, headers.get(name) ?? "");
      expect(await judge(get(), doubled)).toBe("signature_invalid");
    },
  );

  it.each(["signature", "signature-input"])(
    "SIG-6: other labels in %s are refused",
    async (name) => {
      const rename = edited(name, (value) => value.replace("sig1", "sig2"));
      expect(await judge(get(), rename)).toBe("signature_invalid");
    },
  );

  it.each(["Sig1", "1sig", "-sig", ""])("SIG-16: %j is no label", async (label) => {
    const rename = (headers: Headers) => {
      for (const name of ["signature", "signature-input"]) {
        edited(name, (value) => value.replace("sig1", label))(headers);
      }
    };
    expect(await judge(get(), rename)).toBe("signature_invalid");
  });
});

describe("created", () => {
  it.each([
    [`"${NOW_SEC}"`, "signature_invalid"],
    [`${NOW_SEC}.5`, "signature_invalid"],
    [`${NOW_SEC}.0`, "signature_invalid"],
    [`0${NOW_SEC}`, "signature_invalid"],
    [`@${NOW_SEC}`, "signature_invalid"],
    ["?1", "signature_invalid"],
    ["-1", "signature_invalid"],
    ["-0", "signature_expired"],
    ["0", "signature_expired"],
    ["999999999999999", "signature_expired"],
    ["9999999999999999", "signature_invalid"],
    [`${NOW_SEC}000`, "signature_expired"],
    ["1e9", "signature_invalid"],
  ])("SIG-9: created=%s is %s", async (value, expected) => {
    expect(await judge(withParameter("created", value))).toBe(expected);
  });

  it.each([".0", ".000"])(
    "SIG-9: created with %s is no integer, though the base was signed as one",
    async (fraction) => {
      const late = edited("signature-input", (value) =>
        value.replace(`created=${NOW_SEC}`, `created=${NOW_SEC}${fraction}`),
      );
      expect(await judge(get(), late)).toBe("signature_invalid");
    },
  );
});

describe("expires", () => {
  it.each([
    [`${NOW_SEC - 1}`, "signature_expired"],
    [`${NOW_SEC}`, "valid"],
    ["999999999999999", "valid"],
    ["9999999999999999", "signature_invalid"],
    [`"${NOW_SEC + 9}"`, "signature_invalid"],
    [`${NOW_SEC + 9}.5`, "signature_invalid"],
    [`${NOW_SEC + 9}.0`, "signature_invalid"],
    ["-1", "signature_expired"],
    ["?1", "signature_invalid"],
  ])("SIG-10: expires=%s is %s", async (value, expected) => {
    expect(await judge(withParameter("expires", value))).toBe(expected);
  });

  it("SIG-10: a signature that ends before it begins is refused, though neither is past", async () => {
    const created = NOW_SEC + 20;
    const ends = parameters({ created: String(created), expires: String(NOW_SEC + 10) });
    expect(await judge(get({ createdSec: created, parameters: ends }))).toBe("signature_expired");
  });

  it("SIG-9: a far end does not make an old signature fresh", async () => {
    const created = NOW_SEC - 301;
    const ends = parameters({ created: String(created), expires: String(NOW_SEC + 600) });
    expect(await judge(get({ createdSec: created, parameters: ends }))).toBe("signature_expired");
  });
});

describe("keyid, nonce, alg", () => {
  it.each(['""', `"${"k".repeat(300)}"`, '"ak edges"', String.raw`"a\"b\\c"`, '"<script>"'])(
    "api.md 1: keyid %s is nobody's",
    async (keyid) => {
      expect(await judge(withParameter("keyid", keyid))).toBe("key_unknown");
    },
  );

  it.each(["ak_edges", ":YWtfZWRnZXM=:", "?1", '"ak_é"'])(
    "SIG-16: keyid %s is no string",
    async (keyid) => {
      expect(await judge(withParameter("keyid", keyid))).toBe("signature_invalid");
    },
  );

  it.each(["0123456789abcdef", ":AAAAAAAAAAAAAAAA:", "1234567890123456", '""'])(
    "api.md 1: the nonce %s is none",
    async (nonce) => {
      expect(await judge(withParameter("nonce", nonce))).toBe("signature_invalid");
    },
  );

  it.each([undefined, "hmac-sha256", '"hmac-sha256 "', '"hmac-sha-256"', "?1"])(
    "SIG-8: alg %s is refused",
    async (alg) => {
      expect(await judge(withParameter("alg", alg))).toBe("signature_invalid");
    },
  );

  it.each(["created", "nonce", "keyid"])("api.md 1: without %s it is refused", async (name) => {
    expect(await judge(withParameter(name, undefined))).toBe("signature_invalid");
  });

  it("api.md 1: a parameter that we do not know is signed along and changes nothing", async () => {
    expect(await judge(withParameter("tag", '"shop"'))).toBe("valid");
    expect(await judge(withParameter("x-own", "1.5"))).toBe("valid");
  });

  it("SIG-2: a parameter added on the way is refused", async () => {
    const added = edited("signature-input", (value) => `${value};tag="x"`);
    expect(await judge(get(), added)).toBe("signature_invalid");
  });
});

describe("spelling of Signature-Input", () => {
  it.each<[string, (value: string) => string]>([
    ["two blanks between components", (value) => value.replace('" "', '"  "')],
    ["blanks inside the list", (value) => value.replace("(", "( ").replace(")", " )")],
    ["a blank before a parameter", (value) => value.replace(";nonce", "; nonce")],
    ["an escape that is none", (value) => value.replace("ak_edges", "ak_\\edges")],
    ["a tab in the list", (value) => value.replace('" "', '"\t"')],
  ])("SIG-2: %s, put in on the way, is refused", async (_, edit) => {
    expect(await judge(get(), edited("signature-input", edit))).toBe("signature_invalid");
  });

  it("SIG-2: a spelling that a parser would write otherwise is refused, signed as received or not", async () => {
    const spelled = `; created=${NOW_SEC}${parameters({ created: undefined })}`;
    expect(await judge(get({ parameters: spelled }))).toBe("signature_invalid");
  });

  it("SIG-4: white space around the fields is taken off", async () => {
    const padded = (headers: Headers) => {
      for (const name of ["signature", "signature-input"]) {
        edited(name, (value) => `  ${value}\t`)(headers);
      }
    };
    expect(await judge(get(), padded)).toBe("valid");
  });
});

describe("components", () => {
  it.each([
    ['"x-a";sf', "1"],
    ['"x-a";bs', ":MQ==:"],
    ['"x-a";tr', "1"],
    ['"x-a";req', "1"],
    ['"x-a";unknown', "1"],
    ['"x-a";key=1', "1"],
    ['"@method";req', "GET"],
    ['"@method";key="a"', "GET"],
    ['"@query-param";name="a"', "1"],
    ['"@status"', "200"],
    ['"@unknown"', "1"],
    ['"@signature-params"', "1"],
    ['"X-A"', "1"],
    ['"x-absent"', ""],
    ['"x a"', "1"],
    ['""', "1"],
    ["x-a", "1"],
  ])("SIG-5: a covered %s is refused", async (component, value) => {
    const fields = [["x-a", "1"]] as const;
    expect(await judge(get({ fields, components: { [component]: value } }))).toBe(
      "signature_invalid",
    );
  });

  it.each(['"content-digest";key="sha-256"', '"content-digest";sf', '"content-digest";bs'])(
    "SIG-7: %s does not stand for the whole field",
    async (component) => {
      const digest = `:${base64(await crypto.subtle.digest("SHA-256", BODY))}:`;
      const raw = post({ uncovered: ['"content-digest"'], components: { [component]: digest } });
      expect(await judge(raw)).toBe("signature_invalid");
    },
  );

  it.each([
    ['"x-a"', [["x-a", "1"]], "1"],
    ['"x-a"', [["x-a", ""]], ""],
    [
      '"x-a"',
      [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
      "1, 2",
    ],
    ['"x-d";key="b"', [["x-d", "a=1, b=(x y);z"]], "(x y);z"],
    ['"user-agent"', [["user-agent", "shop/1 (a; b)"]], "shop/1 (a; b)"],
    ['"@scheme"', [], "https"],
    ['"@target-uri"', [], `${ORIGIN}/api/payments/status/o-1`],
    ['"@request-target"', [], "/api/payments/status/o-1"],
  ] as const)(
    "api.md 1: %s may be covered on top of what must",
    async (component, fields, value) => {
      expect(await judge(get({ fields, components: { [component]: value } }))).toBe("valid");
    },
  );

  it("SIG-5: a component that stands twice is refused, also with reordered parameters", async () => {
    const twice = edited("signature-input", (value) => value.replace(")", ' "@method")'));
    expect(await judge(get(), twice)).toBe("signature_invalid");
  });
});

describe("Signature", () => {
  it.each([
    ["empty", ":"],
    ["a string", '"AAAA"'],
    ["a token", "AAAA"],
    ["a number", "1"],
    ["a flag", "?1"],
    ["a list", "(:AAAA:)"],
    ["no end", ":AAAA"],
    ["base64url", ":-_-_:"],
    ["a blank in it", ":AA AA:"],
    ["a length that is none", ":AAAAA:"],
    ["padding in the middle", ":AA==AA==:"],
    ["too much padding", ":AAAA====:"],
  ])("SIG-6: a signature that is %s is refused", async (_, value) => {
    const change = (headers: Headers) => headers.set("signature", `sig1=${value}`);
    expect(await judge(get(), change)).toBe("signature_invalid");
  });

  it("SIG-6: a signature with parameters is refused", async () => {
    expect(
      await judge(
        get(),
        edited("signature", (value) => `${value};a=1`),
      ),
    ).toBe("signature_invalid");
  });

  it("SIG-13: a right MAC with a byte behind it is refused", async () => {
    const longer = edited("signature", (value) => value.replace("=:", "A:"));
    expect(await judge(get(), longer)).toBe("signature_invalid");
  });

  it("SIG-12: the key of another secret's day is refused", async () => {
    const mac = base64(await hmac(BODY, "x"));
    expect(
      await judge(
        get(),
        edited("signature", () => `sig1=:${mac}:`),
      ),
    ).toBe("signature_invalid");
  });

  it.each(["", " ", ",", "sig1", "sig1=", "=:AAAA:"])(
    "SIG-16: the field %j is refused",
    async (value) => {
      expect(
        await judge(
          get(),
          edited("signature", () => value),
        ),
      ).toBe("signature_invalid");
    },
  );
});

describe("sizes", () => {
  it("API-4: 8 KiB of Signature-Input are read, a byte more is refused unread", async () => {
    const padded = async (bytes: number) => {
      const bare = (await signRaw(get({ parameters: parameters({ tag: '""' }) }))).headers;
      const length = (bare.get("signature-input") ?? "").length;
      return judge(get({ parameters: parameters({ tag: `"${"t".repeat(bytes - length)}"` }) }));
    };
    expect(await padded(8_192)).toBe("valid");
    expect(await padded(8_193)).toBe("signature_invalid");
  });

  it("API-4: a Signature over 8 KiB is refused", async () => {
    const long = edited("signature", () => `sig1=:${"A".repeat(8_192)}:`);
    expect(await judge(get(), long)).toBe("signature_invalid");
  });

  it("API-4: a Content-Digest over 8 KiB is refused, though it holds", async () => {
    const right = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", BODY))}:`;
    const padded = (bytes: number) => `${right}, x=:${"A".repeat(bytes - right.length - 6)}:`;
    const fits = [["content-digest", padded(8_192 - 2)]] as const;
    const tooLong = [["content-digest", padded(8_196 - 2)]] as const;
    expect(await judge(post({ fields: fits }))).toBe("valid");
    expect(await judge(post({ fields: tooLong }))).toBe("signature_invalid");
  });
});

describe("address", () => {
  const paths = [
    "/",
    "//",
    "//a//b//",
    "/a/b/",
    "/a%2Fb",
    "/a%2fb",
    "/%zz",
    "/%",
    "/%41",
    "/a+b",
    "/a%20b",
    "/%E0%A4%9A",
    "/a;b=c",
    "/~a!$&'()*,:@",
  ];

  it.each(paths)("SIG-3: the path %s is signed as it is sent", async (path) => {
    expect(await judge(get({ url: ORIGIN + path }))).toBe("valid");
    const components = { '"@path"': path, '"@request-target"': path };
    expect(await judge(get({ url: ORIGIN + path, components }))).toBe("valid");
  });

  it.each([
    ["/a%2Fb", "/a/b"],
    ["/a%2fb", "/a%2Fb"],
    ["/%41", "/A"],
    ["//a", "/a"],
    ["/a+b", "/a%20b"],
    ["/a/", "/a"],
  ])("SIG-3: %s signed as %s is refused: nothing is decoded", async (path, other) => {
    const raw = get({ url: ORIGIN + path, components: { '"@path"': other } });
    expect(await judge(raw)).toBe("signature_invalid");
  });

  it.each([
    "?",
    "?a",
    "?a=",
    "?a=1&a=2",
    "?a=%zz",
    "?a=%2F",
    "?a=+%20",
    "?%41=b",
    "??",
    "?a=1?b",
    "?a=/",
  ])("SIG-3: the query %s is signed as it is sent", async (query) => {
    const url = `${ORIGIN}/a${query}`;
    expect(await judge(get({ url, components: { '"@query"': query } }))).toBe("valid");
  });

  it("SIG-17: text in the query is signed as `new URL()` writes it", async () => {
    const url = `${ORIGIN}/a?q=₹ चाय`;
    const query = "?q=%E2%82%B9%20%E0%A4%9A%E0%A4%BE%E0%A4%AF";
    expect(await judge(get({ url, components: { '"@query"': query } }))).toBe("valid");
    expect(await judge(get({ url, components: { '"@query"': "?q=₹ चाय" } }))).toBe(
      "signature_invalid",
    );
  });

  it("SIG-3: an absent query is ? alone, an empty one too", async () => {
    for (const url of [`${ORIGIN}/a`, `${ORIGIN}/a?`]) {
      expect(await judge(get({ url, components: { '"@query"': "?" } }))).toBe("valid");
      expect(await judge(get({ url, components: { '"@query"': "" } }))).toBe("signature_invalid");
    }
  });

  it.each([
    ["https://GATEWAY.Example/a", "gateway.example"],
    ["https://gateway.example:443/a", "gateway.example"],
    ["http://gateway.example:80/a", "gateway.example"],
    ["http://gateway.example:443/a", "gateway.example:443"],
    ["https://gateway.example:8443/a", "gateway.example:8443"],
    ["http://127.0.0.1:8787/a", "127.0.0.1:8787"],
    ["http://[::1]:8787/a", "[::1]:8787"],
    ["https://gateway.example./a", "gateway.example."],
  ])("SIG-3: the authority of %s is %s", async (url, authority) => {
    expect(await judge(get({ url, components: { '"@authority"': authority } }))).toBe("valid");
  });

  it("SIG-3: an authority signed in upper case is refused", async () => {
    const components = { '"@authority"': "GATEWAY.EXAMPLE" };
    expect(await judge(get({ components }))).toBe("signature_invalid");
  });

  it.each(["x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-url", "host"])(
    "SIG-3: what %s says is not believed",
    async (name) => {
      const value = name === "forwarded" ? "host=other.example;proto=http" : "other.example";
      const fields = [[name, value]] as const;
      expect(await judge(get({ fields }))).toBe("valid");
      const components = { '"@authority"': "other.example" };
      expect(await judge(get({ fields, components }))).toBe("signature_invalid");
    },
  );
});

describe("bodies", () => {
  it("SIG-15: a body on a GET needs its digest like any other", async () => {
    const bare = await signRaw(get());
    expect(await verdictOf(bare, BODY)).toBe("signature_invalid");
    const digest = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", BODY))}:`;
    const fields = [
      ["content-type", "application/json"],
      ["content-digest", digest],
    ] as const;
    expect(await verdictOf(await signRaw(get({ fields })), BODY)).toBe("valid");
  });

  it("api.md 1: a body without a content type is refused", async () => {
    const raw = post({ uncovered: ['"content-type"'] });
    expect(await judge(raw, (headers) => headers.delete("content-type"))).toBe("signature_invalid");
  });

  it.each([
    [[["content-length", "0"]]],
    [
      [
        ["content-length", "0"],
        ["content-type", "application/json"],
      ],
    ],
  ])("api.md 1: without a body nothing of it is needed: %j", async (pairs) => {
    const fields = pairs.map(([name = "", value = ""]) => [name, value] as const);
    const raw = get({ method: "POST", fields, uncovered: ['"content-type"'] });
    expect(await judge(raw)).toBe("valid");
  });

  it("SIG-14: a digest without a body is checked all the same", async () => {
    const empty = base64(await crypto.subtle.digest("SHA-256", new Uint8Array(0)));
    const withDigest = (digest: string) =>
      judge(get({ fields: [["content-digest", `sha-256=:${digest}:`]] }));
    expect(await withDigest(empty)).toBe("valid");
    expect(await withDigest(base64(new Uint8Array(32)))).toBe("digest_mismatch");
  });

  it("SIG-4: a second Content-Type line put in on the way is refused", async () => {
    const added = (headers: Headers) => headers.append("content-type", "text/plain");
    expect(await judge(post(), added)).toBe("signature_invalid");
  });

  it("SIG-4: a second Content-Digest line put in on the way is refused", async () => {
    const added = (headers: Headers) => headers.append("content-digest", "sha-512=:AAAA:");
    expect(await judge(post(), added)).toBe("signature_invalid");
  });
});

describe("Idempotency-Key", () => {
  it.each(["k-1", '"k-1"', "k,1", '"', "~".repeat(255)])(
    "SIG-4: the key %s is signed as it stands",
    async (key) => {
      expect(await judge(post({ fields: [["idempotency-key", key]] }))).toBe("valid");
    },
  );

  it.each([
    ["k-1", '"k-1"'],
    ['"k-1"', "k-1"],
    ["k-1", "K-1"],
  ])("api.md 3: the key %s, changed to %s on the way, is refused", async (key, other) => {
    const raw = post({ fields: [["idempotency-key", key]] });
    expect(
      await judge(
        raw,
        edited("idempotency-key", () => other),
      ),
    ).toBe("signature_invalid");
  });

  it("SIG-4: a second key line put in on the way is refused", async () => {
    const raw = post({ fields: [["idempotency-key", "k-1"]] });
    const added = (headers: Headers) => headers.append("idempotency-key", "k-2");
    expect(await judge(raw, added)).toBe("signature_invalid");
  });

  it("SIG-7: an empty key line is a header that was sent", async () => {
    const added = (headers: Headers) => headers.set("idempotency-key", "");
    expect(await judge(post(), added)).toBe("signature_invalid");
  });
});

describe("text that is not ASCII", () => {
  it.each(["é", "₹", "\u00a0"])("SIG-16: %j in a signature field is refused", async (text) => {
    const raw = withParameter("tag", `"${text}"`);
    expect(await judge(raw)).toBe("signature_invalid");
  });

  it.each(['"@request-target"', '"@scheme"'])(
    "SIG-4: it is an answer, never an error of ours, with %s covered",
    async (component) => {
      const fields = [["x-a", "₹"]] as const;
      const raw = get({ fields, components: { [component]: "https" } });
      expect(["valid", "signature_invalid"]).toContain(await judge(raw));
    },
  );
});
