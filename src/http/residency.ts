/** `GET /api/admin/residency`: whether payment data rests in India only, with the proof (IND-1, docs/residency.md). */
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";

export const residencyOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: answerResidency,
};

async function answerResidency({ deps }: Call<undefined>): Promise<Response> {
  return jsonAnswer(200, JSON.stringify(await deps.residency.report()));
}
