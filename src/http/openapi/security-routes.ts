/** How the routes of security are described. */
import * as z from "zod";
import { once } from "#base";
import { timeMs } from "./answer-schemas.ts";
import { type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const count = (description: string) => z.int().min(0).describe(description);

const securityCheck = once(() =>
  z
    .strictObject({
      id: z.string().describe("The check; docs/security-status.md has the table."),
      ok: z.boolean().describe("Whether it holds."),
      detail: z.string().describe("What was found, for people."),
      at: timeMs("When it was looked at."),
    })
    .describe("One check, made now."),
);

export const securityStatus = once(() =>
  z
    .strictObject({
      security_score: z
        .int()
        .min(0)
        .max(100)
        .describe("Share of the weight of all checks that hold."),
      active_threats: count("Kinds of attack of which the window has seen at least 10 refusals."),
      blocked_requests: count(
        "Requests that the door of the deployment refused within the window.",
      ),
      rate_limit_violations: count("Of these, requests over a rate limit."),
      circuit_breaker_status: z
        .enum(["healthy", "degraded", "open"])
        .describe("`degraded`: a circuit is being tried again, or nobody can say."),
      token_rotation_status: z
        .enum(["active", "stale", "failed"])
        .describe("`stale`: the token is good and its refresh is late."),
      audit_log_compliance: z
        .string()
        .regex(/^(100|[1-9]?[0-9])%$/)
        .describe("The share of known entries of your audit log that were verified."),
      checks: z.array(securityCheck()).describe("Every check, made now."),
      window: z
        .strictObject({ from: timeMs("Its begin."), to: timeMs("Its end: now.") })
        .describe("Refusals are counted over it."),
    })
    .describe("The state of security, looked at now."),
);

export const SHARED_SECURITY_SCHEMAS = { SecurityCheck: securityCheck } as const;

export const SECURITY_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/payments/security-status": {
    operationId: "getSecurityStatus",
    tag: "Operations",
    summary: "See the state of security",
    description:
      "Checks of everything that security rests on, made now, and their score. What was refused is counted for the " +
      "whole deployment, the rest is yours.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    answers: {
      200: {
        type: "json",
        description: "How it is.",
        schema: "SecurityStatus",
        example: {
          security_score: 92,
          active_threats: 1,
          blocked_requests: 214,
          rate_limit_violations: 12,
          circuit_breaker_status: "healthy",
          token_rotation_status: "active",
          audit_log_compliance: "100%",
          checks: [
            {
              id: "backup_recent",
              ok: false,
              detail: "2026-11-24T10:17:04.000Z",
              at: 1_795_600_000_000,
            },
          ],
          window: { from: 1_795_596_360_000, to: 1_795_600_000_000 },
        },
      },
    },
    problems: SIGNED_PROBLEMS,
  },
  "GET /metrics": {
    operationId: "getMetrics",
    tag: "Operations",
    summary: "Read the metrics",
    description:
      "Prometheus text, exposition format 0.0.4: the checks and their score, refusals, circuit breakers, parked " +
      "notifications, silence of webhooks, entries without a seal. What nobody can say now is left out.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    answers: { 200: { type: "text", description: "The metrics." } },
    problems: SIGNED_PROBLEMS,
  },
};
