import { describe, expect, it } from "vitest";
import { isAllowedRedirect } from "../../src/http/schemas.ts";

const EVERYWHERE = [
  "https://shop.example/return",
  "https://shop.example:8443/return?a=1&b=2#c",
  "HTTPS://SHOP.EXAMPLE/",
  "https://xn--shp-hna.example/",
  "https://दुकान.example/",
];
const DEVELOPMENT_ONLY = [
  "http://localhost:3000/return",
  "https://localhost/",
  "http://LOCALHOST/",
  "http://localhost./",
  "http://127.0.0.1:8080/",
  "http://127.255.255.254/",
  "http://127.1/",
  "http://[::1]:3000/",
];
const NOWHERE = [
  "",
  "shop.example",
  "//shop.example/",
  "/return",
  "https://",
  "https:shop.example/return",
  "https:/shop.example/return",
  "http://shop.example/",
  "http://localhost.example/",
  "http://127.0.0.1.example/",
  "http://128.0.0.1/",
  "ftp://shop.example/",
  "javascript:alert(1)",
  "data:text/html,x",
  "intent://shop.example/",
  "https://user@shop.example/",
  "https://user:password@shop.example/",
  "https://shop.example@evil.example/",
  " https://shop.example/",
  "https://shop.example/ ",
  "https://shop.example/a b",
  "https://shop.example/a\nb",
  "https://sh\top.example/",
  "https://shop.example/\u0000",
  String.raw`https:\\shop.example\return`,
  String.raw`https://shop.example\@evil.example/`,
  "https://[::1",
  "https://shop.example:99999/",
];

describe("isAllowedRedirect", () => {
  it.each(EVERYWHERE)("api.md 4: %j is allowed everywhere", (url) => {
    expect([isAllowedRedirect(url, "development"), isAllowedRedirect(url, "production")]).toEqual([
      true,
      true,
    ]);
  });

  it.each(DEVELOPMENT_ONLY)("api.md 8: %j is allowed in development alone", (url) => {
    expect([isAllowedRedirect(url, "development"), isAllowedRedirect(url, "production")]).toEqual([
      true,
      false,
    ]);
  });

  it.each(NOWHERE)("api.md 4: %j is allowed nowhere", (url) => {
    expect([isAllowedRedirect(url, "development"), isAllowedRedirect(url, "production")]).toEqual([
      false,
      false,
    ]);
  });
});
