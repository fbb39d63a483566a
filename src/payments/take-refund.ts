import { isRefundUnderWay } from "./answers.ts";
import type { AskRefundCommand, RefundAnswer } from "./commands.ts";
import { refundOf } from "./draft.ts";
import { claimName, type EffectDeps } from "./effects.ts";
import { refundAnswerView } from "./presenter.ts";
import { checkRefund, type RefundRefusal } from "./refund-rules.ts";
import type { Shell } from "./shell.ts";
import { saveAnswer } from "./store.ts";

/** Takes on a refund whose key, if any, has no answer yet, and waits for what becomes of it (api.md 4; I3). */
export async function takeRefundCommand(
  shell: Shell,
  deps: Pick<EffectDeps, "claim">,
  { command, key }: { readonly command: AskRefundCommand; readonly key: string | null },
): Promise<RefundAnswer> {
  const { merchantRefundId, amountPaisa, reason } = command;
  const request = { merchantRefundId, amountPaisa, reason };
  const before = checkRefund(shell.loaded(), request);
  if (before.ok && before.value === "new") {
    // A refund id is the merchant's once and for ever, whichever payment it is for (contract.md 5.1).
    const name = claimName(command.merchantId, "refund", merchantRefundId);
    const owner = await deps.claim(name, command.merchantOrderId);
    if (owner !== command.merchantOrderId) return { outcome: "id_taken" };
  }
  // The claim was awaited: decide again on what is true now.
  const checked = checkRefund(shell.loaded(), request);
  if (!checked.ok) return refusalAnswer(checked.refusal);
  if (checked.value === "new") shell.apply({ type: "refund_taken", request }, command.identity);
  const isDone = () => !isRefundUnderWay(shell.loaded(), merchantRefundId);
  await shell.room.until(isDone, shell.answerBudgetMs);
  const payment = shell.loaded();
  const refund = refundOf(payment, merchantRefundId);
  const body = JSON.stringify(refundAnswerView(payment, refund, command.identity));
  const outcome = checked.value === "new" ? "created" : "existing";
  if (key) saveAnswer(shell.storage, key, { outcome, body, atMs: shell.nowMs() });
  return { outcome, body, replayed: false };
}

function refusalAnswer(refusal: RefundRefusal): RefundAnswer {
  return refusal.reason === "exceeds_captured"
    ? { outcome: "exceeds_captured", refundablePaisa: refusal.refundablePaisa }
    : { outcome: refusal.reason };
}
