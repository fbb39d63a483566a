import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConnectionSignals,
  connectionSignals,
  type DeviceSignals,
  fingerprintText,
} from "#risk";

const GATEWAY = "https://gateway.example/api/payments/initiate";

/** Chrome on Windows, as its requests reach a Worker. */
const CHROME_HEADERS = {
  accept: "application/json",
  "accept-encoding": "br, gzip",
  "accept-language": "en-IN,en;q=0.9,hi;q=0.8",
  "cf-connecting-ip": "203.0.113.9",
  origin: "https://shop.example",
  "sec-ch-ua": '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Windows"',
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "cross-site",
  "user-agent":
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
};
const CHROME_CF = {
  asn: 55836,
  tlsVersion: "TLSv1.3",
  tlsCipher: "AEAD-AES128-GCM-SHA256",
  httpProtocol: "HTTP/3",
  botManagement: { ja4: "t13d1516h2_8daaf6152771_02713d6af862" },
};

type Fields = Readonly<Record<string, unknown>>;

/** Signals of a request with headers and platform data beside Chrome's; `undefined` takes one away. */
function chrome(headers: Fields = {}, cf: Fields = {}): ConnectionSignals {
  const merged: Fields = { ...CHROME_HEADERS, ...headers };
  const sent = new Headers();
  for (const [name, value] of Object.entries(merged)) {
    if (typeof value === "string") sent.set(name, value);
  }
  return connectionSignals(new Request(GATEWAY, { headers: sent, cf: { ...CHROME_CF, ...cf } }));
}

const NO_BROWSER = { origin: undefined, "sec-fetch-site": undefined };
const server = (headers: Fields = {}, cf: Fields = {}) =>
  chrome({ ...NO_BROWSER, "user-agent": "axios/1.6.8", ...headers }, cf);

const textOf = (device: DeviceSignals, connection: ConnectionSignals = server()) =>
  fingerprintText("m", device, connection);

const windows = (version: string) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;
const android = (system: string, model: string) =>
  `Mozilla/5.0 (Linux; Android ${system}; ${model}) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36`;
const iphone = (system: string, safari: string) =>
  `Mozilla/5.0 (iPhone; CPU iPhone OS ${system} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${safari} Mobile/15E148 Safari/604.1`;

describe("fingerprintText: noise in the user agent", () => {
  it.each([
    ["Chrome", windows("131.0.6778.85"), windows("132.1")],
    ["Chrome's beta", windows("131.0.0.0"), windows("132.0.0.0-beta")],
    ["Android", android("13", "SM-G991B"), android("14", "SM-G991B")],
    [
      "Android's build",
      android("13", "A1 Build/TP1A.220624.014"),
      android("13", "A1 Build/UP1A.1"),
    ],
    ["iOS", iphone("17_5", "17.5"), iphone("18_0_1", "18.0")],
    [
      "macOS",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 11_0)",
    ],
    ["Windows", "App (Windows NT 6.1; x64)", "App (Windows NT 10.0; x64)"],
    ["Windows by its number", "App (Windows 10)", "App (Windows 11)"],
    ["ChromeOS", "A (X11; CrOS x86_64 14541.0.0)", "A (X11; CrOS x86_64 15633.69.0)"],
    [
      "Firefox",
      "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
      "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0.3",
    ],
    ["okhttp", "okhttp/4.12.0", "okhttp/5.0.0-alpha.14"],
    ["axios", "axios/1.6.8", "axios/1.7.9"],
    ["python-requests", "python-requests/2.31.0", "python-requests/2.32.3"],
    ["Go", "Go-http-client/1.1", "Go-http-client/2.0"],
    ["Java", "Apache-HttpClient/4.5.14 (Java/1.8.0_391)", "Apache-HttpClient/5.3 (Java/21.0.1)"],
    [
      "Darwin",
      "Shop/17 CFNetwork/1410.0.3 Darwin/22.6.0",
      "Shop/18 CFNetwork/1494.0.7 Darwin/23.4.0",
    ],
  ])("design.md 16: an update of %s is the same device", (_, before, after) => {
    expect(before).not.toBe(after);
    expect(textOf({ userAgent: after })).toBe(textOf({ userAgent: before }));
    expect(textOf({}, chrome({ "user-agent": after }))).toBe(
      textOf({}, chrome({ "user-agent": before })),
    );
  });

  it.each([
    ["models of one maker", android("14", "SM-G991B"), android("14", "SM-G998B")],
    ["models that differ in a number", android("14", "Pixel 7"), android("14", "Pixel 8")],
    ["systems", windows("131.0"), iphone("18_0", "18.0")],
    ["browsers", "Mozilla/5.0 Chrome/131.0", "Mozilla/5.0 Chrome/131.0 Edg/131.0"],
    ["client libraries", "okhttp/4.12.0", "axios/1.6.8"],
  ])("design.md 16: two %s are two devices", (_, one, other) => {
    expect(textOf({ userAgent: one })).not.toBe(textOf({ userAgent: other }));
    expect(textOf({}, chrome({ "user-agent": one }))).not.toBe(
      textOf({}, chrome({ "user-agent": other })),
    );
  });
});

describe("fingerprintText: noise of the connection", () => {
  const brands = (text: string) => ({ "sec-ch-ua": text });
  const ja4 = (text: string) => ({ botManagement: { ja4: text } });

  it.each<[string, Fields, Fields]>([
    ["another address in the network", { "cf-connecting-ip": "203.0.113.200" }, {}],
    ["forwarded addresses", { "x-forwarded-for": "203.0.113.9", "x-real-ip": "203.0.113.9" }, {}],
    ["TLS 1.2", {}, { tlsVersion: "TLSv1.2" }],
    ["TLS 1.2 with its own name of the cipher", {}, { tlsCipher: "ECDHE-ECDSA-AES128-GCM-SHA256" }],
    ["a longer key", {}, { tlsCipher: "AEAD-AES256-GCM-SHA384" }],
    ["HTTP/2", {}, { httpProtocol: "HTTP/2" }],
    ["JA4 of a resumed session", {}, ja4("t13d1517h2_8daaf6152771_b1ff8ab2d16f")],
    ["JA4 of the next release", {}, ja4("t13d1516h2_8daaf6152771_d8a2da3f94cd")],
    [
      "the next release's brands",
      brands('"Chromium";v="132", "Google Chrome";v="132", "Not A(Brand";v="8"'),
      {},
    ],
    [
      "an older sign of no meaning",
      brands('" Not;A Brand";v="99", "Google Chrome";v="97", "Chromium";v="97"'),
      {},
    ],
    ["a brand of no meaning less", brands('"Google Chrome";v="131", "Chromium";v="131"'), {}],
    ["languages behind the first", { "accept-language": "en-IN,en;q=0.5" }, {}],
    ["a language in other letters", { "accept-language": "EN-in" }, {}],
    ["another accepted type", { accept: "*/*" }, {}],
    ["another page of the shop", { origin: "https://www.shop.example" }, {}],
    ["cookies and a referrer", { cookie: "a=b", referer: "https://shop.example/x" }, {}],
    ["a reload", { "cache-control": "no-cache", pragma: "no-cache" }, {}],
    ["HTTP/2's own headers", { te: "trailers", priority: "u=1, i" }, {}],
    ["place and time of the edge", {}, { colo: "BOM", clientTcpRtt: 12, city: "Mumbai" }],
  ])("design.md 16: %s is the same device", (_, headers, cf) => {
    expect(textOf({}, chrome(headers, cf))).toBe(textOf({}, chrome()));
  });

  it.each<[string, Fields, Fields]>([
    ["network", {}, { asn: 45609 }],
    ["cipher family", {}, { tlsCipher: "AEAD-CHACHA20-POLY1305-SHA256" }],
    ["generation of TLS", {}, { tlsVersion: "TLSv1" }],
    ["list of offered ciphers", {}, ja4("t13d1516h2_acb858a92679_02713d6af862")],
    ["brand", brands('"Microsoft Edge";v="131", "Chromium";v="131"'), {}],
    ["platform", { "sec-ch-ua-platform": '"Linux"' }, {}],
    ["mobile hint", { "sec-ch-ua-mobile": "?1" }, {}],
    ["first language", { "accept-language": "hi-IN,en;q=0.9" }, {}],
    ["header that asks for privacy", { "sec-gpc": "1" }, {}],
    ["web view's header", { "x-requested-with": "com.shop.app" }, {}],
    ["set of client hints", { "sec-ch-ua-platform": undefined }, {}],
    ["order of headers", {}, { requestHeaderNames: ["User-Agent", "Accept"] }],
  ])("design.md 16: another %s is another device", (_, headers, cf) => {
    expect(textOf({}, chrome(headers, cf))).not.toBe(textOf({}, chrome()));
  });

  it("design.md 16: where the platform tells the headers' order, their order counts", () => {
    const order = (...requestHeaderNames: string[]) =>
      textOf({}, chrome({}, { requestHeaderNames }));
    expect(order("User-Agent", "Accept")).not.toBe(order("Accept", "User-Agent"));
    expect(order("User-Agent", "Cookie", "Accept")).toBe(order("user-agent", "accept", "ACCEPT"));
  });

  it.each([
    ["TLSv1", true],
    ["TLSv1.0", true],
    ["TLSv1.1", true],
    ["SSLv3", true],
    ["TLSv1.2", false],
    ["TLSv1.3", false],
    ["TLSv2", false],
    ["", undefined],
    ["none", undefined],
  ])("design.md 16: that %j is old is %j", (tlsVersion, old) => {
    expect(chrome({}, { tlsVersion }).oldTls).toBe(old);
  });
});

describe("fingerprintText: whose connection it is", () => {
  const other = (browser: boolean) =>
    chrome(
      { ...(browser ? {} : NO_BROWSER), "user-agent": "okhttp/4.12.0", "accept-language": "hi" },
      { asn: 24560, tlsCipher: "AEAD-CHACHA20-POLY1305-SHA256" },
    );

  it.each<[string, DeviceSignals]>([
    ["an id", { id: "d1" }],
    ["a fingerprint", { fingerprint: "f1" }],
    ["a user agent", { userAgent: windows("131.0") }],
  ])("design.md 16: beside %s the merchant's server does not count", (_, device) => {
    expect(textOf(device, other(false))).toBe(textOf(device, server()));
  });

  it("design.md 16: when the payer's browser calls, device as well as connection count", () => {
    expect(textOf({ id: "d1" }, other(true))).not.toBe(textOf({ id: "d1" }, chrome()));
    expect(textOf({ id: "d1" }, chrome())).not.toBe(textOf({ id: "d2" }, chrome()));
  });

  it.each<[string, Fields]>([
    ["origin", { "sec-fetch-site": undefined }],
    ["sec-fetch-site", { origin: undefined }],
  ])("design.md 16: %s alone shows a browser", (_, absent) => {
    expect(chrome(absent).fromBrowser).toBe(true);
    expect(chrome({ ...absent, ...NO_BROWSER }).fromBrowser).toBe(false);
  });

  it.each<[string, DeviceSignals]>([
    ["no mark", {}],
    ["empty marks", { id: "", fingerprint: "", userAgent: "" }],
    ["marks that are absent", { id: undefined, fingerprint: undefined, userAgent: undefined }],
  ])("design.md 16: with %s the server's connection counts", (_, device) => {
    expect(textOf(device, server())).toBe(textOf({}, server()));
    expect(textOf(device, other(false))).not.toBe(textOf({}, server()));
  });

  it.each([
    ["another id", { id: "2", fingerprint: "f", userAgent: "a" }],
    ["another fingerprint", { id: "1", fingerprint: "g", userAgent: "a" }],
    ["another browser", { id: "1", fingerprint: "f", userAgent: "b" }],
    ["values that changed places", { id: "f", fingerprint: "1", userAgent: "a" }],
  ])("api.md 4: %s is another device", (_, device) => {
    expect(textOf(device)).not.toBe(textOf({ id: "1", fingerprint: "f", userAgent: "a" }));
  });

  it("API-1: another merchant's same device is another text", () => {
    expect(fingerprintText("n", { id: "1" }, server())).not.toBe(textOf({ id: "1" }));
  });

  it("API-4: the longest user agent of digits is read in no time", () => {
    for (const unit of ["1.", "1_", "1", "/", " ", "aOS ", '"', '\\"']) {
      const long = unit.repeat(8_000);
      const signals = chrome({ "user-agent": `${long}x`, "sec-ch-ua": long });
      expect(textOf({ userAgent: long }, signals).length).toBeLessThan(4_000);
    }
  });
});

describe("connectionSignals", () => {
  it("design.md 16: without platform data and headers nothing is known", () => {
    const signals = connectionSignals(new Request(GATEWAY));
    expect(JSON.stringify(signals)).toBe('{"fromBrowser":false,"headerNames":[]}');
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "55836"],
    ["a number", -1.5],
    ["a list", [{}]],
    ["an object", { ja4: 7 }],
  ])("design.md 16: platform data of the wrong type (%s) are as absent", (_, wrong) => {
    const absent = chrome(
      {},
      {
        ...CHROME_CF,
        asn: undefined,
        tlsVersion: undefined,
        tlsCipher: undefined,
        botManagement: undefined,
      },
    );
    const cf = { asn: wrong, tlsVersion: [wrong], tlsCipher: [wrong], botManagement: wrong };
    expect(chrome({}, { ...cf, requestHeaderNames: wrong })).toEqual(absent);
  });

  it.each([
    "",
    "t13d1516h2",
    "t13d1516h2_8daaf6152771",
    "T13D1516H2_8DAAF6152771_02713D6AF862",
    "x".repeat(9_999),
  ])("design.md 16: JA4 of the form %j is as absent", (ja4) => {
    expect(chrome({}, { botManagement: { ja4 } }).ja4Ciphers).toBeUndefined();
  });

  it("design.md 16: what is read of Chrome's request", () => {
    expect(chrome()).toEqual({
      fromBrowser: true,
      asn: 55836,
      oldTls: false,
      cipher: "aes",
      ja4Ciphers: "8daaf6152771",
      headerNames: [
        "accept",
        "accept-encoding",
        "accept-language",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "user-agent",
      ],
      userAgent: "Mozilla (Windows NT; Win64; x64) AppleWebKit (KHTML, like Gecko) Chrome Safari",
      brands: ["Chromium", "Google Chrome"],
      platform: '"Windows"',
      mobile: "?0",
      language: "en-in",
    });
  });
});

describe("any signals", () => {
  const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const octet = fc.integer({ min: 100, max: 255 });
  const ip = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));
  const phone = fc.stringMatching(/^\+91[6-9][0-9]{9}$/);
  const email = fc.stringMatching(/^[a-z]{8,12}@[a-z]{8,12}\.example$/);
  const person = fc.record({ ip, phone, email });
  const word = fc.string({ maxLength: 20 });
  const device = fc.record({ id: word, fingerprint: word, userAgent: word }, { requiredKeys: [] });
  const headers = fc.record(
    Object.fromEntries(
      Object.entries(CHROME_HEADERS).map(([name, value]) => [name, some(fc.constant(value))]),
    ),
  );
  const cf = fc.record(
    Object.fromEntries(
      Object.entries(CHROME_CF).map(([name, value]) => [
        name,
        some(fc.oneof(fc.constant<unknown>(value), fc.jsonValue())),
      ]),
    ),
  );

  it("design.md 16: each signal is optional, and the same signals are the same device", () => {
    fc.assert(
      fc.property(device, headers, cf, (drawn, sent, given) => {
        const text = textOf(drawn, chrome(sent, given));
        expect(text).toBe(textOf({ ...drawn }, chrome({ ...sent }, { ...given })));
        expect(JSON.parse(text)).toHaveLength(3);
      }),
    );
  });

  it("I10: no address, phone number or e-mail address of the payer is in the text", () => {
    fc.assert(
      fc.property(person, device, headers, (payer, drawn, sent) => {
        // More than the types ask for, as the body of a request holds it.
        const body = { device: { ...drawn, ip: payer.ip }, customer: payer };
        const connection = chrome({
          ...sent,
          "cf-connecting-ip": payer.ip,
          "x-forwarded-for": payer.ip,
          "x-real-ip": payer.ip,
          from: payer.email,
          "x-phone": payer.phone,
          cookie: `mail=${payer.email}`,
        });
        const text = textOf(body.device, connection);
        const all = text + JSON.stringify(connection);
        for (const value of Object.values(payer)) expect(all).not.toContain(value);
        expect(text).toBe(textOf({ ...drawn }, chrome(sent)));
      }),
    );
  });
});
