/**
 * CORS, closed by default (HDR-4): an origin is answered only when it stands, exactly, in a merchant's configuration.
 * A preflight names no key, so it is answered for any merchant's origin; the answer to a signed call only for the
 * signer's own. Never `*`, `null`, credentials, or what the request said: the configured text is sent.
 */

const REQUEST_HEADERS =
  "accept, accept-signature, content-digest, content-type, idempotency-key, signature, signature-input";
const EXPOSED_HEADERS =
  "content-digest, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, signature, signature-input, x-request-id";
const PREFLIGHT_LIFE_SEC = 600;

/** What an answer to this origin carries; `vary` also when it is refused, so that caches keep the two apart. */
export function corsHeaders(
  origin: string | null,
  allowed: ReadonlySet<string>,
): Record<string, string> {
  const allowedOrigin = origin !== null && allowed.has(origin);
  return {
    vary: "origin",
    ...(allowedOrigin
      ? {
          "access-control-allow-origin": origin,
          "access-control-expose-headers": EXPOSED_HEADERS,
        }
      : {}),
  };
}

/** Whether a request is a browser's question before a call. */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}

/** What a preflight of an allowed origin is told besides. */
export function preflightHeaders(methods: string): Record<string, string> {
  return {
    "access-control-allow-methods": methods,
    "access-control-allow-headers": REQUEST_HEADERS,
    "access-control-max-age": String(PREFLIGHT_LIFE_SEC),
  };
}
