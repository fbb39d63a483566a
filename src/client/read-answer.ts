/**
 * Turns an HTTP answer into JSON or a {@link ProblemError}. It trusts nothing of the answer: not
 * its size, not its media type, not that an error has the form of one.
 */
import { type FieldError, ProblemError, type ProblemFields } from "./errors.ts";
import type { AnswerVerdict, ReceivedAnswer } from "./verify-answer.ts";

const ANSWER_BYTES_MAX = 1024 * 1024;
const PROSE_CHARS_MAX = 500;
const DELTA_SECONDS_FORM = /^[0-9]{1,9}$/;

/** Refusals from before the gateway knows whose request it is: it has no key to sign these with. */
const UNSIGNED_CODES: ReadonlySet<string> = new Set([
  "signature_missing",
  "signature_invalid",
  "signature_expired",
  "digest_mismatch",
  "key_unknown",
  "key_revoked",
  "route_not_found",
  "method_not_allowed",
  "body_too_large",
  "rate_limited",
  "admission_unavailable",
  "internal_error",
  "unexpected_response",
]);

/** Tells whether JSON is the answer that a call expects. */
export type AnswerCheck<T> = (value: unknown) => value is T;

/** Tells whether an answer is the gateway's own, to the request that was sent. */
export type AnswerJudge = (answer: ReceivedAnswer) => Promise<AnswerVerdict>;

/** Opens an encrypted answer; rejects what does not open. */
export type OpenToken = (token: string) => Promise<string>;

/** How an answer is read beside its JSON. */
export interface AnswerReading {
  /** Absent: answers are taken on TLS's word. */
  readonly judge?: AnswerJudge | undefined;
  /** Absent: no encrypted answer is expected. */
  readonly openToken?: OpenToken | undefined;
}

/**
 * The typed JSON of a 2xx answer; of the text inside where the answer is `application/jose` and can be opened. The
 * signature is judged first, over the bytes as sent.
 *
 * @throws {ProblemError} for every other status, and with the code `unexpected_response` for an
 * answer that fails the check, is no JSON, is larger than 1 MiB, or whose signature is missing or
 * wrong where a judge asks for one
 */
export async function readAnswer<T>(
  response: Response,
  isAnswer: AnswerCheck<T>,
  { judge, openToken }: AnswerReading = {},
): Promise<T> {
  const body = await readBytes(response);
  const given = body && new TextDecoder().decode(body);
  const isSealed = openToken !== undefined && mediaType(response) === "application/jose";
  const problem = problemFields(response, isSealed ? undefined : parseJson(given));
  if (judge && body) await refuseUnsigned(judge, { response, body, problem });
  const json = parseJson(isSealed ? await opened(given ?? "", openToken) : given);
  if (response.ok && isAnswer(json)) return json;
  throw new ProblemError(problem);
}

interface Judged {
  readonly response: Response;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly problem: ProblemFields;
}

async function refuseUnsigned(
  judge: AnswerJudge,
  { response, body, problem }: Judged,
): Promise<void> {
  const { status, headers, ok } = response;
  const verdict = await judge({ status, headers, body });
  const mayBeUnsigned = !ok && UNSIGNED_CODES.has(problem.code);
  if (verdict === "holds" || (verdict === "missing" && mayBeUnsigned)) return;
  throw new ProblemError(distrusted(problem, verdict));
}

/** Nothing that the answer says is handed on but its status and the id to ask the operators with. */
function distrusted({ status, requestId }: ProblemFields, verdict: AnswerVerdict): ProblemFields {
  return {
    code: "unexpected_response",
    status,
    title: `The signature of the answer is ${verdict}.`,
    detail:
      "The outcome is unknown: a write may have happened. Read its status, or repeat it with the same ids or idempotency key.",
    errors: [],
    replayed: false,
    ...(requestId !== undefined && { requestId }),
  };
}

/** Narrows to an object whose members can be read; arrays and null are none. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problemFields(response: Response, json: unknown): ProblemFields {
  const problem = problemDocument(response, json);
  const code = prose(problem["code"]);
  const detail = prose(problem["detail"]);
  const requestId = prose(problem["requestId"]) ?? response.headers.get("x-request-id");
  return {
    code: code ?? "unexpected_response",
    status: response.status,
    title: (code && prose(problem["title"])) ?? "The answer is none that the gateway would give.",
    errors: fieldErrors(problem["errors"]),
    replayed: response.headers.get("idempotency-replayed") === "true",
    ...(detail !== undefined && { detail }),
    ...(requestId !== null && { requestId }),
    ...retryAfter(response),
  };
}

function problemDocument(response: Response, json: unknown): Readonly<Record<string, unknown>> {
  const isProblem = !response.ok && mediaType(response) === "application/problem+json";
  return isProblem && isRecord(json) ? json : {};
}

function mediaType(response: Response): string {
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

async function opened(token: string, openToken: OpenToken): Promise<string | undefined> {
  try {
    return await openToken(token);
  } catch {
    // Another key, a changed token: the caller reports it as an unexpected answer.
    return undefined;
  }
}

function retryAfter(response: Response): Pick<ProblemFields, "retryAfterSec"> {
  const header = response.headers.get("retry-after") ?? "";
  return DELTA_SECONDS_FORM.test(header) ? { retryAfterSec: Number(header) } : {};
}

function prose(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return value.slice(0, PROSE_CHARS_MAX);
}

function fieldErrors(value: unknown): readonly FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((entry) => ({
    pointer: prose(entry["pointer"]) ?? "",
    code: prose(entry["code"]) ?? "",
    detail: prose(entry["detail"]) ?? "",
  }));
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, e.g. a proxy's error page: the caller reports it as an unexpected answer.
    return undefined;
  }
}

/** Undefined for a body over the limit, of which no more than the limit is read. */
async function readBytes(response: Response): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    // Chunks come in order: there is nothing to do in parallel.
    const { done, value } = await reader.read();
    if (done) return joined(parts, bytes);
    bytes += value.byteLength;
    if (bytes > ANSWER_BYTES_MAX) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
