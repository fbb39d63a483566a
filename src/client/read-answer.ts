/**
 * Turns an HTTP answer into JSON or a {@link ProblemError}. It trusts nothing of the answer: not
 * its size, not its media type, not that an error has the form of one.
 */
import { type FieldError, ProblemError, type ProblemFields } from "./errors.ts";

const ANSWER_BYTES_MAX = 1024 * 1024;
const PROSE_CHARS_MAX = 500;
const DELTA_SECONDS_FORM = /^[0-9]{1,9}$/;

/** Tells whether JSON is the answer that a call expects. */
export type AnswerCheck<T> = (value: unknown) => value is T;

/** Opens an encrypted answer; rejects what does not open. */
export type OpenToken = (token: string) => Promise<string>;

/**
 * The typed JSON of a 2xx answer; of the text inside where the answer is `application/jose` and can be opened.
 *
 * @throws {ProblemError} for every other status, and with the code `unexpected_response` for an
 * answer that fails the check, is no JSON, or is larger than 1 MiB
 */
export async function readAnswer<T>(
  response: Response,
  isAnswer: AnswerCheck<T>,
  openToken?: OpenToken,
): Promise<T> {
  const given = await readText(response);
  const isSealed = openToken !== undefined && mediaType(response) === "application/jose";
  const text = isSealed ? await opened(given ?? "", openToken) : given;
  const json = text === undefined ? undefined : parseJson(text);
  if (response.ok && isAnswer(json)) return json;
  throw new ProblemError(problemFields(response, json));
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, e.g. a proxy's error page: the caller reports it as an unexpected answer.
    return undefined;
  }
}

/** Undefined for a body over the limit, of which no more than the limit is read. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    // Chunks come in order: there is nothing to do in parallel.
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > ANSWER_BYTES_MAX) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
