import { errorMessage } from "#base";
import { deliverDue, type DeliverContext } from "./deliver.ts";
import { enrolDue, type EnrolContext } from "./enrol.ts";
import { publishDue, type PublishContext } from "./publish.ts";

/**
 * What goes out beside the questions to the provider. The alarm does not wait for it: neither a slow receiver nor the
 * audit log may hold those up.
 */
export async function sendDue(
  context: DeliverContext & PublishContext & EnrolContext,
): Promise<void> {
  try {
    await Promise.all([deliverDue(context), publishDue(context), enrolDue(context)]);
  } catch (error) {
    // The ledger could not be reached, or the object is going away: the rows are leased and come back.
    context.deps.log("error", "delivery failed", { error: errorMessage(error) });
  }
}
