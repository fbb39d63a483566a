/**
 * Sends one logical call: signs, sends, reads, and repeats where {@link retryWaitMs} allows it. Each
 * try is signed anew, since the gateway takes a nonce once and a signature for 300 s; the
 * idempotency key stays the same over all of them.
 */
import { ConnectionError, ProblemError } from "./errors.ts";
import { type AnswerCheck, type AnswerJudge, readAnswer } from "./read-answer.ts";
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
}

/**
 * The gateway's 2xx answer, checked.
 *
 * @throws {ProblemError} the gateway refused, and repeating can not help (any more)
 * @throws {ConnectionError} no whole answer came in any try
 */
export async function send<T>(
  request: RequestToSign,
  transport: Transport,
  isAnswer: AnswerCheck<T>,
): Promise<T> {
  for (let failedTries = 1; ; failedTries += 1) {
    const outcome = await sendOnce(request, transport, isAnswer);
    if (outcome.ok) return outcome.answer;
    if (failedTries > transport.retries) throw outcome.error;
    const waitMs = retryWaitMs(outcome.error, failedTries, randomFraction());
    if (waitMs === undefined) throw outcome.error;
    await transport.sleep(waitMs);
  }
}

type Outcome<T> =
  | { readonly ok: true; readonly answer: T }
  | { readonly ok: false; readonly error: ProblemError | ConnectionError };

async function sendOnce<T>(
  request: RequestToSign,
  transport: Transport,
  isAnswer: AnswerCheck<T>,
): Promise<Outcome<T>> {
  const createdSec = Math.floor(transport.nowMs() / 1000);
  const signed = await signRequest(request, transport.key, { createdSec });
  try {
    const response = await transport.fetch(signed.url, {
      method: signed.method,
      headers: {
        accept: "application/json, application/problem+json",
        ...(transport.verifyAnswers && {
          "accept-signature": acceptSignature(transport.key.keyId),
        }),
        ...signed.headers,
      },
      ...(signed.body !== undefined && { body: signed.body }),
      // A redirect would carry the request to an address that the signature does not name.
      redirect: "manual",
      signal: AbortSignal.timeout(transport.timeoutMs),
    });
    const judge = transport.verifyAnswers ? judgeFor(signed, transport) : undefined;
    return { ok: true, answer: await readAnswer(response, isAnswer, judge) };
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, error };
    return { ok: false, error: connectionError(error, request, transport.timeoutMs) };
  }
}

function judgeFor(request: SignedRequest, { key, nowMs }: Transport): AnswerJudge {
  return (answer) => verifyAnswer(answer, { request, key, nowSec: Math.floor(nowMs() / 1000) });
}

function connectionError(cause: unknown, request: RequestToSign, timeoutMs: number) {
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
