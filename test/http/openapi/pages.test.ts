import { describe, expect, it } from "vitest";
import { openApiDocument, publicPages } from "#http";
import { PROBLEMS } from "#problems";
import { htmlText, inline, markup, prose } from "../../../src/http/openapi/markup.ts";
import { env } from "cloudflare:workers";
import { routesFor } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";

const ROUTES = routesFor(wireHttp(env)).map(({ method, path }) => ({ method, path }));

const VERSION = "1.2.3";
const pages = publicPages({ routes: () => ROUTES, version: VERSION });

async function styleHashOf(html: string): Promise<string> {
  const [, style = ""] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  return new Uint8Array(digest).toBase64();
}

async function expectClosedPage(response: Response): Promise<string> {
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("content-security-policy")).toBe(
    `default-src 'none'; style-src 'sha256-${await styleHashOf(html)}'; base-uri 'none'; ` +
      "form-action 'none'; frame-ancestors 'none'",
  );
  expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(response.headers.get("permissions-policy")).toMatch(/^([a-z-]+=\(\)(, )?)+$/);
  expect(html).not.toMatch(
    /<script|\son[a-z]+=|\sstyle=|<form|<iframe|<link|<img|https?:\/\/[^"]*\.css/i,
  );
  expect(html.match(/<style>/g)).toHaveLength(1);
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  return html;
}

/** Levels of the headings in the order of the page. */
function headingsOf(html: string): number[] {
  return [...html.matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level));
}

describe("GET /openapi.json", () => {
  it("API-9: is the document of the routes, as JSON", async () => {
    const response = pages.openApi();
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(
      JSON.parse(JSON.stringify(openApiDocument(ROUTES, { version: VERSION }))),
    );
  });

  it("API-9: routes are asked for with the first request, once", () => {
    let asked = 0;
    const lazy = publicPages({
      routes: () => {
        asked += 1;
        return ROUTES;
      },
      version: VERSION,
    });
    expect(asked).toBe(0);
    lazy.openApi();
    lazy.openApi();
    expect(asked).toBe(1);
  });
});

describe("GET /docs", () => {
  it("HDR-2: has no script, no form, and one style, by its hash", async () => {
    await expectClosedPage(await pages.docs());
  });

  it("API-9: tells of every operation, and links to nothing that is not there", async () => {
    const html = await (await pages.docs()).text();
    for (const { path } of ROUTES) {
      expect(html).toContain(`<code>${path.replaceAll(/:(\w+)/g, "{$1}")}</code>`);
    }
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...html.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)].map(
      ([, id]) => id,
    );
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
    const codes = [...html.matchAll(/href="\/problems\/([^"]+)"/g)].map(([, code]) => code ?? "");
    expect(codes.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([]);
    expect(new Set(codes)).toEqual(new Set(Object.keys(PROBLEMS)));
  });

  it("WCAG 1.3.1: headings are in order, tables have headers with a scope", async () => {
    const html = await (await pages.docs()).text();
    const [main = ""] = /<main[^]*<\/main>/.exec(html) ?? [];
    const levels = headingsOf(main);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    expect(html.match(/<th(?! scope="(col|row)")[ >]/)).toBeNull();
    expect(html).toContain('<nav class="toc" aria-label="Contents">');
    expect(html).toContain('<a class="skip" href="#main">');
  });
});

describe("GET /problems/{code}", () => {
  it.each(Object.entries(PROBLEMS))("api.md 2: %s is explained", async (code, row) => {
    const html = await expectClosedPage(await pages.problem(code));
    expect(html).toContain(`<h1><code>${code}</code></h1>`);
    expect(html).toContain(String(row.status));
    expect(html).toContain(row.retryable ? "can help" : "does not help");
    expect(headingsOf(html)).toEqual([1, 2, 2]);
  });

  it.each(["", "nope", "toString", "__proto__", "<script>", undefined])(
    "api.md 2: %j is no problem of ours",
    async (code) => {
      await expect(pages.problem(code)).rejects.toMatchObject({ code: "route_not_found" });
    },
  );
});

describe("markup", () => {
  it("HDR-2: text is escaped wherever it stands", () => {
    const nasty = `<b a='1' c="2">&`;
    const escaped = "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;";
    expect(htmlText(markup`<p title="${nasty}">${nasty}</p>`)).toBe(
      `<p title="${escaped}">${escaped}</p>`,
    );
    expect(htmlText(markup`${inline("a `<i>` b")}`)).toBe("a <code>&lt;i&gt;</code> b");
    expect(htmlText(markup`${prose("<a>\n\n<b>")}`)).toBe("<p>&lt;a&gt;</p><p>&lt;b&gt;</p>");
    expect(htmlText(markup`${[markup`<br>`, markup`${7}`]}`)).toBe("<br>7");
  });
});
