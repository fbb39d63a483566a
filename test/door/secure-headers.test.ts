import { describe, expect, it } from "vitest";
import { SECURE_HEADERS } from "#door";
import list from "../vectors/secure-headers.json" with { type: "json" };

describe("SECURE_HEADERS", () => {
  it("HDR-1: an API answer carries these", () => {
    expect(SECURE_HEADERS).toEqual({
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
  });

  it.each(["strict-transport-security", "x-content-type-options", "referrer-policy"])(
    "HDR-1: %s has OWASP's value",
    (name) => {
      const owasp = list.add.find((header) => header.name.toLowerCase() === name);
      expect(SECURE_HEADERS[name]).toBe(owasp?.value);
    },
  );

  it("HDR-3: none of OWASP's list to remove is sent", () => {
    const removed = new Set(list.remove.map((name) => name.toLowerCase()));
    expect(Object.keys(SECURE_HEADERS).filter((name) => removed.has(name))).toEqual([]);
  });
});
