/** The frame of every page. */
import type { Context } from "hono";
import { html, raw } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { SCRIPT } from "../browser/script.ts";
import { STYLE } from "../browser/style.ts";
import { contentSecurityPolicy, type Outside } from "../guard.ts";
import { LOGO } from "./art.ts";

export type Html = ReturnType<typeof html>;

export interface Page {
  readonly title: string;
  /** The page's `<main>` element. */
  readonly main: Html;
  readonly status?: ContentfulStatusCode;
  readonly outside?: Outside;
}

const NONCE_BYTES = 16;

/** Sends a page with a fresh nonce and the policy that fits it. */
export async function sendPage(c: Context, page: Page): Promise<Response> {
  const bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const nonce = btoa(String.fromCharCode(...bytes));
  c.header("Content-Security-Policy", contentSecurityPolicy(nonce, page.outside));
  return c.html(await document(page, nonce), page.status ?? 200);
}

function document({ title, main, outside }: Page, nonce: string): Html {
  return html`<!doctype html>
    <html lang="en-IN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#123f32" />
        <title>${title} · Chai &amp; Co.</title>
        <link
          rel="icon"
          href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='16' fill='%23123f32'/%3E%3Cpath d='M16 25c-7-5-7-12 0-18 7 6 7 13 0 18z' fill='%23e3a72f'/%3E%3C/svg%3E"
        />
        <style nonce="${nonce}">
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <div class="wrap">
            <a class="brand" href="/shop">${LOGO}<span>Chai &amp; Co.</span></a>
            <nav aria-label="Shop">
              <a href="/shop">Teas</a>
              <a href="/shop/orders">Your orders</a>
            </nav>
          </div>
        </header>
        ${main}
        <footer class="bottom">
          <div class="wrap">
            <p><strong>Chai &amp; Co.</strong> Small gardens, short routes, honest tins.</p>
            <p>A demonstration shop: no tea leaves the shelf.</p>
          </div>
        </footer>
        ${outside?.script === undefined ? "" : html`<script nonce="${nonce}" src="${outside.script}"></script>`}
        <script nonce="${nonce}">
          ${raw(SCRIPT)};
        </script>
      </body>
    </html>`;
}
