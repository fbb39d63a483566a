/**
 * The one way a signed operation runs. The order of the answers is api.md 1's: 413, 401, 429, 403, 415, 400,
 * 422. The body is parsed before the gate is asked, because the gate must learn in its one hop whether the
 * request is valid: what is refused leaves no idempotency key behind (IDM-3). What parsing found is said only after.
 */
import type { Context } from "hono";
import * as z from "zod";
import { type MerchantId, sha256, sha256Hex, toHex } from "#base";
import { readBody, type SignedRequest, verifySignedRequest } from "#door";
import type { RequestIdentity } from "#payments";
import { Problem } from "#problems";
import type { HttpDeps, SignerMerchant } from "./deps.ts";
import { parseJson } from "./parse-json.ts";
import { validate } from "./validate.ts";

type Scope = SignedRequest["apiKey"]["scopes"] extends ReadonlySet<infer S> ? S : never;

export interface AppEnv {
  readonly Bindings: { readonly ctx?: ExecutionContext | undefined };
  readonly Variables: {
    requestId: string;
    /** Lets work go on when the answer is out. */
    afterAnswer: (work: Promise<void>) => void;
  };
}
export type AppContext = Context<AppEnv>;

/** What an operation is given once the caller may have it. */
export interface Call<Body> {
  readonly c: AppContext;
  readonly deps: HttpDeps;
  readonly merchant: SignerMerchant;
  readonly identity: RequestIdentity;
  readonly body: Body;
  /** The idempotency key itself is never stored or routed by (IDM-5), only its hash. */
  readonly keyHash: string | null;
}

export interface Operation<Schema extends z.ZodType> {
  readonly scope: Scope;
  /** `noBody` for an operation that takes none. */
  readonly schema: Schema;
  /** Whether `Idempotency-Key` counts here (api.md 3). */
  readonly idempotent?: boolean;
  readonly handle: (call: Call<z.output<Schema>>) => Promise<Response>;
}

/** The schema of an operation that takes no body. */
export const noBody = z.undefined();

const KEY = /^[\x21-\x7e]{1,255}$/;
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

export async function runOperation<Schema extends z.ZodType>(
  c: AppContext,
  deps: HttpDeps,
  operation: Operation<Schema>,
): Promise<Response> {
  const request = c.req.raw;
  const raw = await readBody(request);
  const nowSec = Math.floor(deps.nowMs() / 1_000);
  const verified = await verifySignedRequest(request, raw, { apiKeys: deps.apiKeys, nowSec });
  if (!verified.ok) throw new Problem(verified.refusal);
  const { apiKey, nonce, createdSec } = verified.value;
  const merchantId = apiKey.merchant.id;
  const inScope = apiKey.scopes.has(operation.scope);
  const parsed = catchProblem(() => ({
    key: operation.idempotent ? idempotencyKey(request.headers) : null,
    body: validate(operation.schema, isNoBody(operation.schema) ? undefined : jsonOf(request, raw)),
  }));
  const valid = inScope && !(parsed instanceof Problem);
  const key = valid ? parsed.key : null;
  const keyHash = key === null ? null : await scopedKeyHash(merchantId, c.req.path, key);
  const admitted = await deps.admit(merchantId, {
    keyId: apiKey.id,
    nonce,
    createdSec,
    idempotency: keyHash === null ? null : { keyHash, fingerprint: await fingerprint(c, raw) },
  });
  if (!admitted.admitted && admitted.reason === "nonce_replayed")
    throw new Problem("nonce_replayed");
  if (!inScope) throw new Problem("scope_missing", { detail: `Needs ${operation.scope}.` });
  if (parsed instanceof Problem) throw parsed;
  if (!admitted.admitted) throw new Problem(admitted.reason);
  const identity = { requestId: c.get("requestId"), keyId: apiKey.id };
  const { merchant } = apiKey;
  const { body } = parsed;
  return operation.handle({ c, deps, merchant, identity, body, keyHash });
}

function jsonOf(request: Request, raw: Uint8Array): unknown {
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "")) {
    throw new Problem("unsupported_media_type", { headers: { accept: "application/json" } });
  }
  return parseJson(raw);
}

/** 1 to 255 visible ASCII characters as they stand: quotes are part of the key (api.md 3). */
function idempotencyKey(headers: Headers): string | null {
  const header = headers.get("idempotency-key");
  if (header === null) return null;
  const key = header.trim();
  if (!KEY.test(key)) {
    throw new Problem("malformed_header", {
      detail: "Idempotency-Key takes 1 to 255 visible ASCII characters.",
    });
  }
  return key;
}

/** A key counts per merchant and endpoint (IDM-1). */
function scopedKeyHash(merchantId: MerchantId, path: string, key: string): Promise<string> {
  return sha256Hex(JSON.stringify([merchantId, path, key]));
}

/** What makes two requests the same: method, path with query, body (IDM-2). */
async function fingerprint(c: AppContext, raw: Uint8Array<ArrayBuffer>): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const digest = toHex(await sha256(raw));
  return sha256Hex(JSON.stringify([c.req.method, pathname, search, digest]));
}

function catchProblem<Value>(work: () => Value): Value | Problem {
  try {
    return work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** Sends JSON that was made elsewhere, byte for byte. */
export function jsonAnswer(
  status: 200 | 201 | 202,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

export const REPLAYED = { "idempotency-replayed": "true" } as const;

function isNoBody(schema: z.ZodType): boolean {
  return schema === noBody;
}
