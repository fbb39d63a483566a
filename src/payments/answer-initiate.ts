import { outcomeOf } from "./answers.ts";
import type { InitiateAnswer, InitiateCommand } from "./commands.ts";
import { paymentView } from "./presenter.ts";
import type { Shell } from "./shell.ts";
import { saveAnswer } from "./store.ts";

/** Tells the caller of initiate how things stand, and keeps that for its idempotency key. */
export function answerInitiate(
  shell: Shell,
  command: InitiateCommand,
  { key, fresh }: { readonly key: string | null; readonly fresh: boolean },
): InitiateAnswer {
  const now = outcomeOf(shell.loaded());
  if (now === "initiating") shell.apply({ type: "caller_told_to_wait" });
  const payment = shell.loaded();
  const outcome = fresh || now === "unavailable" ? now : "existing";
  const refusal = outcome === "blocked" || outcome === "rejected" || outcome === "unavailable";
  const body = refusal
    ? command.identity.requestId
    : JSON.stringify(paymentView(payment, command.identity, shell.checkout()));
  // "Unavailable" is no result: the same key may try again (api.md 2).
  if (key && outcome !== "unavailable") {
    saveAnswer(shell.storage, key, { outcome, body, atMs: shell.nowMs() });
  }
  return { outcome, body, replayed: false };
}
