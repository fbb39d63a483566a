/**
 * The one way a signed operation runs. The order of the answers is api.md 1's: 413, 401, 429, 403, 415, 400,
 * 422. From 403 on all is found out before the gate is asked, because the gate must learn in its one hop whether the
 * request will be taken: what is refused leaves no idempotency key behind (IDM-3). It is said only after the gate.
 */
import type { Context } from "hono";
import * as z from "zod";
import { type MerchantId, sha256, sha256Hex, toHex } from "#base";
import { type RateStatus, readBody, type SignedRequest } from "#door";
import type { RequestIdentity } from "#payments";
import { Problem } from "#problems";
import { askGate, authenticate, type RateClass, refuseForeignAddress } from "./admission.ts";
import type { HttpDeps, SignerMerchant } from "./deps.ts";
import { parseJson } from "./parse-json.ts";
import { type Payload, payloadBytes, sealedAnswer, wantsSealedAnswer } from "./payload.ts";
import { validate } from "./validate.ts";

type ApiKey = SignedRequest["apiKey"];
type Scope = ApiKey["scopes"] extends ReadonlySet<infer S> ? S : never;

export interface AppEnv {
  readonly Bindings: { readonly ctx?: ExecutionContext | undefined };
  readonly Variables: {
    requestId: string;
    /** Lets work go on when the answer is out. */
    afterAnswer: (work: Promise<void>) => void;
    /** What is left of the limits that counted this request. */
    rates?: readonly RateStatus[];
    /** Whom a request says it is of or for, proven or not: refusals are counted by it. */
    merchantNamed?: MerchantId;
    /** Who signed, once that is proven: answers are signed with the same key where asked for. */
    signer?: SignedRequest;
    /** The origins of the merchant that signed; before that is known, those of all merchants count. */
    origins?: ReadonlySet<string>;
  };
}
export type AppContext = Context<AppEnv>;

/** A request that passed validation, while the gate is still asked about it. */
export interface EarlyCall<Body> {
  readonly c: AppContext;
  readonly deps: HttpDeps;
  readonly merchant: SignerMerchant;
  readonly identity: RequestIdentity;
  readonly body: Body;
  /** The idempotency key itself is never stored or routed by (IDM-5), only its hash. */
  readonly keyHash: string | null;
}

/** What an operation is given once the caller may have it. */
export interface Call<Body> extends EarlyCall<Body> {
  readonly apiKey: ApiKey;
}

export interface Operation<Schema extends z.ZodType, Prepared = undefined> {
  /** `none`: any key may, and the operation looks at the key's scopes itself. */
  readonly scope: Scope | "none";
  readonly rateClass: RateClass;
  /** `noBody` for an operation that takes none. */
  readonly schema: Schema;
  /** Whether no body at all means `{}`. */
  readonly bodyOptional?: boolean;
  /** Whether `Idempotency-Key` counts here (api.md 3). */
  readonly idempotent?: boolean;
  /** Goes on while the gate is asked, and may be for nothing: it changes nothing that counts, and never rejects. */
  readonly prepare?: (call: EarlyCall<z.output<Schema>>) => Promise<Prepared>;
  readonly handle: (
    call: Call<z.output<Schema>>,
    prepared: Prepared | undefined,
  ) => Promise<Response>;
}

/** The schema of an operation that takes no body. */
export const noBody = z.undefined();

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Runs an operation, if there is room for it in this isolate. */
export async function runOperation<Schema extends z.ZodType, Prepared>(
  c: AppContext,
  deps: HttpDeps,
  operation: Operation<Schema, Prepared>,
): Promise<Response> {
  refuseWhileRestored(deps, operation.rateClass);
  if (!deps.load.enter(operation.rateClass)) {
    throw new Problem("admission_unavailable", { headers: { "retry-after": "1" } });
  }
  try {
    return await runAdmitted(c, deps, operation);
  } finally {
    deps.load.leave();
  }
}

/** Orders that are not back yet would begin anew under ids that the provider may know: no money moves until all are. */
function refuseWhileRestored({ restore }: HttpDeps, rateClass: RateClass): void {
  const moves = rateClass === "initiate" || rateClass === "refund";
  if (!restore.isOpen || !moves) return;
  const detail = "This gateway is being restored from a backup.";
  throw new Problem("admission_unavailable", { detail, headers: { "retry-after": "60" } });
}

async function runAdmitted<Schema extends z.ZodType, Prepared>(
  c: AppContext,
  deps: HttpDeps,
  operation: Operation<Schema, Prepared>,
): Promise<Response> {
  const raw = await readBody(c.req.raw);
  const signed = await authenticate(c, deps, raw);
  const { apiKey } = signed;
  const { merchant } = apiKey;
  const payload = { request: c.req.raw, raw, merchant };
  const parsed = await catchProblem(async () => {
    refuseForeignAddress(c, signed);
    refuseOtherScope(apiKey, operation.scope);
    return parse(deps, operation, payload);
  });
  const claims = !(parsed instanceof Problem) && parsed.key !== null;
  const idempotency = claims ? await claimOf(c, merchant.id, parsed) : null;
  const arrival = { ...signed, rateClass: operation.rateClass, idempotency };
  const asked = askGate(c, deps, arrival);
  if (parsed instanceof Problem) {
    await asked;
    throw parsed;
  }
  const identity = { requestId: c.get("requestId"), keyId: apiKey.id };
  const keyHash = idempotency?.keyHash ?? null;
  const { body, sealed } = parsed;
  const call = { c, deps, apiKey, merchant, identity, body, keyHash };
  const [reused, prepared] = await Promise.all([asked, operation.prepare?.(call)]);
  if (reused) throw reused;
  const answer = await operation.handle(call, prepared);
  return sealed ? sealedAnswer(deps, merchant, answer) : answer;
}

function refuseOtherScope({ scopes }: ApiKey, scope: Scope | "none"): void {
  if (scope !== "none" && !scopes.has(scope))
    throw new Problem("scope_missing", { detail: `Needs ${scope}.` });
}

/** A request that passed validation. */
interface Parsed<Body> {
  readonly key: string | null;
  readonly body: Body;
  /** The JSON as it was meant: opened, where it came encrypted. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the answer is to be encrypted. */
  readonly sealed: boolean;
}

type FormOf<Schema extends z.ZodType> = Pick<
  Operation<Schema>,
  "bodyOptional" | "idempotent" | "schema"
>;

async function parse<Schema extends z.ZodType>(
  deps: HttpDeps,
  { bodyOptional = false, idempotent = false, schema }: FormOf<Schema>,
  payload: Payload,
): Promise<Parsed<z.output<Schema>>> {
  const { request, raw, merchant } = payload;
  const bare = isNoBody(schema) || (bodyOptional && raw.length === 0);
  const bytes = bare ? raw : await payloadBytes(deps, payload);
  const sealed = wantsSealedAnswer(request, merchant);
  const key = idempotent ? idempotencyKey(request.headers) : null;
  return { key, body: validate(schema, bare ? bareBody(schema) : parseJson(bytes)), bytes, sealed };
}

function bareBody(schema: z.ZodType): unknown {
  return isNoBody(schema) ? undefined : {};
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

/**
 * A key counts per merchant and endpoint (IDM-1). What makes two requests the same: method, path with query, and body
 * (IDM-2); of an encrypted one the text inside, since encrypting it again gives other bytes.
 */
async function claimOf(
  c: AppContext,
  merchantId: MerchantId,
  { key, bytes }: Parsed<unknown>,
): Promise<{ keyHash: string; fingerprint: string }> {
  const { pathname, search } = new URL(c.req.url);
  const digest = toHex(await sha256(bytes));
  const [keyHash, fingerprint] = await Promise.all([
    sha256Hex(JSON.stringify([merchantId, c.req.path, key])),
    sha256Hex(JSON.stringify([c.req.method, pathname, search, digest])),
  ]);
  return { keyHash, fingerprint };
}

async function catchProblem<Value>(work: () => Promise<Value>): Promise<Value | Problem> {
  try {
    return await work();
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
