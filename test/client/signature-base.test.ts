import { describe, expect, it } from "vitest";
import { componentValue, signatureBase } from "../../src/client/signature-base.ts";
import { OK_VECTORS } from "./vectors.ts";

/** Signers may cover more than the contract asks; the client never does. */
const NEVER_COVERED = ["@target-uri", "@request-target", "@scheme"];

const SIGNED_LIKE_OURS = OK_VECTORS.filter(
  ({ components }) => !components.some((name) => NEVER_COVERED.includes(name)),
);

describe("SIG-1 to SIG-4: the signature base of the vectors, rebuilt", () => {
  it.each(SIGNED_LIKE_OURS)("$id", ({ base, components, headers, method, parameters, url }) => {
    expect(signatureBase({ method, url, headers }, components, parameters)).toBe(base);
  });

  it("there are enough of them", () => {
    expect(SIGNED_LIKE_OURS.length).toBeGreaterThan(30);
  });
});

describe("component values", () => {
  const message = (url: string) => ({
    method: "GET",
    url: new URL(url),
    headers: { "x-a": " b " },
  });

  it.each([
    ["@authority", "https://GW.Example.IN:443/", "gw.example.in"],
    ["@authority", "http://127.0.0.1:8787/", "127.0.0.1:8787"],
    ["@path", "https://gw.example.in", "/"],
    ["@path", "https://gw.example.in/a/../b%2Fc", "/b%2Fc"],
    ["@query", "https://gw.example.in/a", "?"],
    ["@query", "https://gw.example.in/a?", "?"],
    ["@query", "https://gw.example.in/a?x=%20+", "?x=%20+"],
    ["x-a", "https://gw.example.in/", "b"],
  ])("SIG-3, SIG-17: %s of %s", (name, url, value) => {
    expect(componentValue(message(url), name)).toBe(value);
  });

  it.each(["content-digest", "@scheme", "toString", "__proto__"])(
    "SIG-5: %s, which is not there, is an error",
    (name) => {
      expect(() => componentValue(message("https://gw.example.in/"), name)).toThrow(TypeError);
    },
  );
});
