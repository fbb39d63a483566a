/**
 * `GET /api/payments/compliance-report` (api.md 7): what the gateway can show of itself, as OSCAL for programs or as a page
 * for people. RPT-2 holds in the room that makes the report; here it is only asked for and shown.
 */
import * as z from "zod";
import { once } from "#base";
import { orUnavailable } from "./call-payment.ts";
import { frameworkSchema } from "./compliance-report.ts";
import { compliancePage } from "./openapi/compliance-page.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { queryOf } from "./query.ts";
import { invalidField, validate } from "./validate.ts";

const querySchema = once(() => z.strictObject({ framework: frameworkSchema().optional() }));

export const complianceOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: answerReport,
};

async function answerReport({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  const { framework } = validate(querySchema(), queryOf(c.req.url));
  const form = formOf(c.req.header("accept") ?? "*/*");
  const report = await orUnavailable("The evidence cannot be collected now: repeat the call.", () =>
    deps.complianceReport(merchant, framework ?? null),
  );
  if (form === "json") return jsonAnswer(200, JSON.stringify(report.oscal));
  const { html, headers } = await compliancePage(report);
  return new Response(html, { headers });
}

/** JSON if nothing else is liked better. An encrypted answer, which only its own name asks for, holds JSON. */
function formOf(accept: string): "json" | "page" {
  const ranges = accept.split(",").map(rangeOf);
  const sealed = ranges.find(({ type }) => type === "application/jose")?.weight ?? 0;
  const json = Math.max(weightOf("application/json", ranges), sealed);
  const page = weightOf("text/html", ranges);
  if (json === 0 && page === 0) {
    throw invalidField("/accept", "invalid_value", "Accept: application/json or text/html");
  }
  return page > json ? "page" : "json";
}

interface MediaRange {
  readonly type: string;
  readonly weight: number;
}

function rangeOf(text: string): MediaRange {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((one) => one.startsWith("q="))?.slice(2) ?? "1";
  return { type, weight: /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 };
}

/** The most specific range that fits a type decides (RFC 9110 12.5.1). */
function weightOf(type: string, ranges: readonly MediaRange[]): number {
  const [group = ""] = type.split("/");
  const fits = [type, `${group}/*`, "*/*"].flatMap((name) =>
    ranges.filter((range) => range.type === name),
  );
  return fits[0]?.weight ?? 0;
}
