/**
 * Decides whether, and after how long, a call is sent again. Pure.
 *
 * Why repeating is safe (api.md section 3): reads change nothing. A write keeps its idempotency
 * key over all its tries, and the gateway gives one key one effect: a try that arrives while the
 * first still runs waits for it (or gets `409 request_in_progress`), one that arrives later gets
 * the first answer again. So a lost answer and a lost request may be treated alike. What the
 * gateway refused before it began (`429`) left no trace; `503 provider_unavailable` means that nothing
 * payable exists. Any other 4xx would only be refused again; `502 provider_rejected` is final.
 */
import { ConnectionError, type ProblemError } from "./errors.ts";

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 4_000;
/** One rate-limit window. A caller that is told to wait longer gets the error, not a hanging call. */
const RETRY_AFTER_MAX_SEC = 10;

const RETRIED_STATUS: ReadonlySet<number> = new Set([429, 503, 504]);

/**
 * Milliseconds to wait before the next try; `undefined`: do not try again.
 *
 * @param failedTries how many tries have failed so far, from 1
 * @param random a number in [0, 1), for full jitter: callers that failed together come back apart
 */
export function retryWaitMs(
  error: ProblemError | ConnectionError,
  failedTries: number,
  random: number,
): number | undefined {
  const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failedTries - 1));
  const jitterMs = Math.floor(random * ceilingMs);
  if (error instanceof ConnectionError) return jitterMs;
  if (!mayRepeat(error)) return undefined;

  const retryAfterSec = error.retryAfterSec ?? 0;
  if (retryAfterSec > RETRY_AFTER_MAX_SEC) return undefined;
  return retryAfterSec * 1000 + jitterMs;
}

/**
 * A replayed refusal is the stored answer of this key: repeating can only bring it again. A nonce of ours is random and
 * sent once: where it is known, something on the way has sent the request twice, and a fresh one finds its answer.
 */
function mayRepeat(error: ProblemError): boolean {
  if (error.replayed) return false;
  if (error.code === "nonce_replayed") return true;
  if (error.status === 409) return error.code === "request_in_progress";
  return RETRIED_STATUS.has(error.status);
}
