/**
 * Sends one logical call: signs, sends, reads, and repeats where {@link retryWaitMs} allows it. Each
 * try is signed anew, since the gateway takes a nonce once and a signature for 300 s; the
 * idempotency key stays the same over all of them.
 */
import { ConnectionError, ProblemError } from "./errors.ts";
import { type AnswerCheck, type AnswerJudge, type OpenToken, readAnswer } from "./read-answer.ts";
import { retryWaitMs } from "./retry.ts";
import {
  type RequestToSign,
  type SignedRequest,
  signRequest,
  type SigningKey,
} from "./sign-request.ts";
import { acceptSignature, verifyAnswer } from "./verify-answer.ts";

/** The part of `fetch` that the client uses. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: Uint8Array<ArrayBuffer>;
    redirect: "manual";
    signal: AbortSignal;
  },
) => Promise<Response>;

/** What sending needs from outside. */
export interface Transport {
  readonly key: SigningKey;
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Limit of one try, from signing to the answer's last byte. */
  readonly timeoutMs: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Whether answers have to be signed. */
  readonly verifyAnswers: boolean;
  /** What answers are asked for. */
  readonly accept: string;
  /** Opens an encrypted answer. Absent: none is expected. */
  readonly openToken?: OpenToken;
}

/**
 * The gateway's 2xx answer, checked.
 *
 * @throws {ProblemError} the gateway refused, and repeating can not help (any more)
 * @throws {ConnectionError} no whole answer came in any try
 */
export function send<T>(
  request: RequestToSign,
  transport: Transport,
  isAnswer: AnswerCheck<T>,
): Promise<T> {
  return repeat(transport, async () => {
    const createdSec = Math.floor(transport.nowMs() / 1000);
    const signed = await signRequest(request, transport.key, { createdSec });
    const judge = transport.verifyAnswers ? { judge: judgeFor(signed, transport) } : {};
    const { idempotencyKey } = request;
    return exchange({ ...signed, idempotencyKey, ...judge }, transport, isAnswer);
  });
}

/** Reads what the gateway shows to everybody, without a signature; repeats and throws as {@link send} does. */
export function fetchPublic<T>(
  url: string,
  transport: Transport,
  isAnswer: AnswerCheck<T>,
): Promise<T> {
  const request = { url, method: "GET", headers: { accept: "application/json" } };
  return repeat(transport, () => exchange(request, transport, isAnswer));
}

type Outcome<T> =
  | { readonly ok: true; readonly answer: T }
  | { readonly ok: false; readonly error: ProblemError | ConnectionError };

async function repeat<T>(transport: Transport, tryOnce: () => Promise<Outcome<T>>): Promise<T> {
  for (let failedTries = 1; ; failedTries += 1) {
    const outcome = await tryOnce();
    if (outcome.ok) return outcome.answer;
    if (failedTries > transport.retries) throw outcome.error;
    const waitMs = retryWaitMs(outcome.error, failedTries, randomFraction());
    if (waitMs === undefined) throw outcome.error;
    await transport.sleep(waitMs);
  }
}

interface Exchange extends SignedRequest {
  readonly idempotencyKey?: string | undefined;
  /** Whether the answer must be the gateway's own to this request. Absent: it is taken on TLS's word. */
  readonly judge?: AnswerJudge;
}

async function exchange<T>(
  request: Exchange,
  transport: Transport,
  isAnswer: AnswerCheck<T>,
): Promise<Outcome<T>> {
  const { judge } = request;
  try {
    const response = await transport.fetch(request.url, {
      method: request.method,
      headers: {
        accept: transport.accept,
        ...(judge && { "accept-signature": acceptSignature(transport.key.keyId) }),
        ...request.headers,
      },
      ...(request.body !== undefined && { body: request.body }),
      // A redirect would carry the request to an address that the signature does not name.
      redirect: "manual",
      signal: AbortSignal.timeout(transport.timeoutMs),
    });
    const reading = { judge, openToken: transport.openToken };
    return { ok: true, answer: await readAnswer(response, isAnswer, reading) };
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, error };
    return { ok: false, error: connectionError(error, request, transport.timeoutMs) };
  }
}

function judgeFor(request: SignedRequest, { key, nowMs }: Transport): AnswerJudge {
  return (answer) => verifyAnswer(answer, { request, key, nowSec: Math.floor(nowMs() / 1000) });
}

function connectionError(cause: unknown, request: Exchange, timeoutMs: number) {
  const timedOut = cause instanceof Error && cause.name === "TimeoutError";
  const message = timedOut
    ? `The gateway gave no answer within ${timeoutMs} ms.`
    : "The connection to the gateway failed.";
  return new ConnectionError(message, { cause, idempotencyKey: request.idempotencyKey });
}

function randomFraction(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}
