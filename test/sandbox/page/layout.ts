import { html, raw } from "hono/html";
import { randomHex } from "../books/ids.ts";
import { STYLE } from "./style.ts";

type Markup = ReturnType<typeof html>;

export type Page = {
  title: string;
  body: Markup;
  script?: string;
  /** Facts for the script, as data attributes of the body. */
  data?: Record<string, string>;
  head?: Markup | undefined;
  look?: "plain" | "wide" | "framed";
  brand?: string;
  status?: 200 | 403 | 404 | 410;
};

/** One page under a policy that runs only what carries this answer's nonce, and may be framed by any shop. */
export async function renderPage(page: Page): Promise<Response> {
  const nonce = randomHex(16);
  const attributes = Object.entries(page.data ?? {}).map(
    ([name, value]) => html` data-${raw(name)}="${value}"`,
  );
  const text = await html`<!doctype html>
    <html lang="en-IN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title}</title>
        <link rel="icon" href="data:," />
        ${page.head ?? ""}
        <style nonce="${nonce}">
          ${raw(STYLE)}
        </style>
      </head>
      <body class="${page.look ?? "plain"}" ${attributes}>
        <header class="top">
          <div class="top-row">
            <span class="mark" aria-hidden="true">₹</span>
            <span class="brand">${page.brand ?? "Pay page"}</span>
            <span class="badge">Sandbox · no money moves</span>
          </div>
        </header>
        <main class="sheet">${page.body}</main>
        ${
          page.script === undefined
            ? ""
            : html`<script nonce="${nonce}">
                ${raw(page.script)};
              </script>`
        }
      </body>
    </html>`;
  return new Response(text, {
    status: page.status ?? 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy(nonce),
      // The pay page asks for a referrer (EM-15), its own forms included, and so does the shop that the payer returns to.
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}

const RUPEES = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR" });

/** Paisa as rupees in Indian grouping: 1234567890 is ₹1,23,45,678.90. */
export function rupees(amountPaisa: number): string {
  return RUPEES.format(amountPaisa / 100);
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors http: https:",
  ].join("; ");
}
