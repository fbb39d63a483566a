/** Headers of every answer, and who may post. */
import type { Context, MiddlewareHandler } from "hono";

/** What a page opens on other origins. */
export interface Outside {
  /** Address of the provider's checkout script. */
  readonly script?: string;
  /** Address of the pay page. */
  readonly frame?: string;
}

/**
 * Nothing is loaded but what carries the page's nonce; other origins only where the pay page needs
 * them. `frame-ancestors 'self'`, because a pay page in our frame may come back to our return page.
 */
export function contentSecurityPolicy(nonce: string, outside: Outside = {}): string {
  const scriptOrigin = outside.script === undefined ? "" : ` ${webOrigin(outside.script)}`;
  const frameOrigin = outside.frame === undefined ? "" : ` ${webOrigin(outside.frame)}`;
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'${scriptOrigin}`,
    `style-src 'nonce-${nonce}'`,
    // The provider's script builds its frame with style attributes; no other page needs them.
    ...(frameOrigin === "" ? [] : ["style-src-attr 'unsafe-inline'"]),
    "img-src 'self' data:",
    "connect-src 'self'",
    frameOrigin === "" ? "frame-src 'none'" : `frame-src 'self'${frameOrigin}`,
    "form-action 'self'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
  ].join("; ");
}

/** @throws {TypeError} for an address that is not of the web: it would run in our page */
function webOrigin(address: string): string {
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new TypeError("No web address.");
  return url.origin;
}

/** For every answer of the shop. The pay page refuses to open when the referrer is dropped. */
export const secureHeaders: MiddlewareHandler = async (c, next) => {
  c.header("Referrer-Policy", "strict-origin-when-cross-origin");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Frame-Options", "SAMEORIGIN");
  c.header("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
  c.header("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  c.header("Cache-Control", "no-store");
  await next();
};

/** A post must come from our own pages. A missing `Origin` is a no: every browser sends it. */
export function isFromOurPage(c: Context): boolean {
  return c.req.header("origin") === new URL(c.req.url).origin;
}
