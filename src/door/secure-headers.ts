/** What every answer carries (HDR-1, HDR-6); nothing that tells what we run (HDR-3). */
export const SECURE_HEADERS: Readonly<Record<string, string>> = {
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

const { "content-security-policy": _, ...withoutPolicy } = SECURE_HEADERS;
/** The same for an answer that brings its own content security policy: a page (HDR-2). */
export const PAGE_SECURE_HEADERS: Readonly<Record<string, string>> = withoutPolicy;
