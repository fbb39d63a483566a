/** `GET /api/admin/risk`: how the merchant's payments are scored, and whether they look like those that the model learned. */
import { orUnavailable } from "./call-payment.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";

export const riskOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: answerRisk,
};

async function answerRisk({ deps, merchant }: Call<undefined>): Promise<Response> {
  const report = await orUnavailable("The statistics do not answer: repeat the call.", () =>
    deps.riskReport(merchant),
  );
  return jsonAnswer(200, JSON.stringify(report));
}
