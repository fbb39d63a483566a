import { describe, expect, it } from "vitest";
import { isAllowedNotifyUrl } from "#events";
import outboundUrls from "../vectors/outbound-urls.json" with { type: "json" };

const verdictOf = (verdict: string) =>
  outboundUrls.vectors.filter((vector) => vector.verdict === verdict);

describe("isAllowedNotifyUrl", () => {
  it("API-7: the vectors are all there", () => {
    expect(outboundUrls.vectors).toHaveLength(outboundUrls.count);
    const sure = verdictOf("block").length + verdictOf("allow").length;
    expect(sure + verdictOf("either").length).toBe(outboundUrls.count);
  });

  it.each(verdictOf("block"))("API-7: $id is blocked in production: $why", ({ url }) => {
    expect(isAllowedNotifyUrl(url, "production")).toBe(false);
  });

  it.each(verdictOf("allow"))("API-7: $id is allowed in production: $why", ({ url }) => {
    expect(isAllowedNotifyUrl(url, "production")).toBe(true);
  });

  it.each([
    ["credentials", ["https://user", "pass@hooks.example.com/"].join(":"), false],
    ["a user name alone", "https://user@hooks.example.com/", false],
    ["the ssh port", "https://hooks.example.com:22/", false],
    ["the usual second port", "https://hooks.example.com:8443/", true],
    ["port 80", "https://hooks.example.com:80/", false],
    ["a trailing blank", "https://hooks.example.com/ ", false],
    ["a leading tab", "\thttps://hooks.example.com/", false],
    ["a line end inside", "https://hooks.exa\nmple.com/", false],
    ["a backslash", "https://hooks.example.com\\@127.0.0.1/", false],
    ["a NUL", "https://hooks.example.com/\u0000", false],
    ["no scheme", "hooks.example.com", false],
    ["nothing", "", false],
    ["a trailing dot", "https://hooks.example.com./", true],
    ["two trailing dots", "https://hooks.example.com../", false],
    ["2048 characters", `https://hooks.example.com/${"a".repeat(2_022)}`, true],
    ["2049 characters", `https://hooks.example.com/${"a".repeat(2_023)}`, false],
    ["a label of 64 characters", `https://${"a".repeat(64)}.example.com/`, false],
    ["6to4 of a public address", "https://[2002:808:808::1]/", false],
    ["Teredo", "https://[2001::1]/", false],
    ["an IPv6 documentation address", "https://[2001:db8::1]/", false],
    ["the newer IPv6 documentation network", "https://[3fff::1]/", false],
    ["a neighbour of the documentation network", "https://[2001:db9::1]/", true],
  ])("WHK-9: in production an address with %s", (_, url, allowed) => {
    expect(isAllowedNotifyUrl(url, "production")).toBe(allowed);
  });

  it.each([
    "http://localhost/",
    "http://localhost:8788/hook",
    "https://localhost:8788/hook",
    "http://LOCALHOST:1/",
    "http://localhost./",
    "http://127.0.0.1:9000/hook",
    "http://127.1:9000/hook",
    "http://127.255.255.254/",
    "http://[::1]:9000/hook",
    "https://hooks.example.com/hook",
  ])("api.md 6: %s is allowed in development", (url) => {
    expect(isAllowedNotifyUrl(url, "development")).toBe(true);
  });

  it.each([
    "http://localhost/",
    "https://localhost/",
    "http://localhost:8788/hook",
    "https://127.0.0.1/",
    "https://[::1]/",
    "http://hooks.example.com/",
  ])("api.md 6: %s is refused in production", (url) => {
    expect(isAllowedNotifyUrl(url, "production")).toBe(false);
  });

  it.each([
    ["http to a public name", "http://hooks.example.com/"],
    ["a name that begins with localhost", "http://localhost.example.com/"],
    ["a name that ends with localhost", "http://sub.localhost/"],
    ["a name that begins with 127.", "http://127.0.0.1.example.com/"],
    ["the unspecified address", "http://0.0.0.0/"],
    ["the neighbour below 127/8", "http://126.255.255.255/"],
    ["the neighbour above 127/8", "http://128.0.0.1/"],
    ["another local network", "http://192.168.1.1/"],
    ["the metadata address", "http://169.254.169.254/"],
    ["another IPv6 address", "http://[::2]/"],
    ["a mapped address", "http://[::ffff:127.0.0.1]/"],
    ["another scheme", "ftp://localhost/"],
    ["a file", "file:///etc/passwd"],
    ["credentials", "http://user:pass@localhost/"],
    ["an odd port of a public name", "https://hooks.example.com:22/"],
  ])("API-7: development opens no more than this machine: %s is refused", (_, url) => {
    expect(isAllowedNotifyUrl(url, "development")).toBe(false);
  });
});
