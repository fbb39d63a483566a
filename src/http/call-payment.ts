import { errorMessage } from "#base";
import { Problem } from "#problems";
import type { HttpDeps } from "./deps.ts";

const RETRY_AFTER_SEC = "2";

/**
 * Calls a payment's object for a write. Objects are moved and restarted in mid-call; a write of the same id and content
 * has one effect (api.md 3), so it is asked once more. A caller whose call may have had its effect is told to
 * repeat it, and never an error of ours (api.md 2). An object that is overloaded has not begun.
 */
export async function callPayment<Answer>(
  deps: HttpDeps,
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    deps.log("error", "a payment's object broke off", { error: errorMessage(error) });
    if (isOverloaded(error)) {
      throw new Problem("admission_unavailable", { headers: { "retry-after": RETRY_AFTER_SEC } });
    }
  }
  try {
    return await call();
  } catch (error) {
    throw new Problem("request_in_progress", {
      detail: "The payment goes on by itself. Repeat the call with the same ids or key.",
      headers: { "retry-after": RETRY_AFTER_SEC },
      internal: errorMessage(error),
    });
  }
}

/** The runtime's own mark; repeating would make it worse (platform: never retry). */
function isOverloaded(error: unknown): boolean {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}

/** Asks a payment's object for what it knows. It may be moving, or its payment in an archive that does not answer. */
export function readPayment<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  const detail = "The payment cannot be read now. Nothing of it is lost: repeat the call.";
  return orUnavailable(detail, read);
}

/** A call that is safe to repeat: when an object breaks off, its caller is asked to do so. */
export async function orUnavailable<Answer>(
  detail: string,
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw new Problem("admission_unavailable", {
      detail,
      headers: { "retry-after": RETRY_AFTER_SEC },
      internal: errorMessage(error),
    });
  }
}
