/** How `GET /api/payments/analytics` is described. */
import * as z from "zod";
import { once } from "#base";
import { GROUPS } from "#events";
import type { analyticsQuerySchema } from "../analytics.ts";
import { timeMs } from "./answer-schemas.ts";
import { type ParameterDoc, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const wholeNumber = once(() => z.string().regex(/^-?\d{1,15}$/));
const group = once(() => z.enum(GROUPS));

function optional(
  name: keyof z.infer<ReturnType<typeof analyticsQuerySchema>>,
  schema: ParameterDoc["schema"],
  [description, example]: readonly [string, string],
): ParameterDoc {
  return { name, in: "query", description, schema, required: false, example };
}

const count = (description: string) => z.int().min(0).describe(description);
const sums = () => ({
  payments: count("All that were made."),
  opened: count("Of these: a pay page was there to be opened."),
  completed: count("Of these: paid."),
  failed: count("Of these: failed."),
  expired: count("Of these: expired."),
  blocked: count("Of these: blocked by risk."),
  failover: count("Of these: given to another provider than the first choice."),
  successRate: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe("Paid over paid, failed and expired; null while none ended."),
  amount: count("Asked for, in paisa."),
  capturedAmount: count("Paid, in paisa."),
  refundedAmount: count("Given back, in paisa."),
});
const ms = (description: string) => z.int().min(0).nullable().describe(description);

const analyticsRow = once(() =>
  z
    .strictObject({
      key: z
        .union([z.string(), z.int()])
        .describe("The value, or when the day or hour begins (epoch ms)."),
      ...sums(),
    })
    .describe("The sums of one group."),
);

export const analytics = once(() =>
  z
    .strictObject({
      period: z
        .strictObject({
          from: timeMs("Payments made from then on, rounded down to a half-hour."),
          to: timeMs("And before then, rounded down to a half-hour."),
          utcOffset: z.int().describe("Where days begin, in minutes east of UTC."),
        })
        .describe("What was asked."),
      totals: z.strictObject(sums()).describe("Of the whole period."),
      timeToFinalMs: z
        .strictObject({
          p50: ms("Half of the payments took no longer to their end."),
          p95: ms("95 in 100."),
          p99: ms("99 in 100."),
        })
        .describe("Right to 5 %; null while none ended."),
      by: group().describe("What rows are told apart by."),
      rows: z.array(analyticsRow()).describe("In order, at most 10,000."),
    })
    .describe("Sums over payments."),
);

export const SHARED_ANALYTICS_SCHEMAS = { AnalyticsRow: analyticsRow } as const;

const EXAMPLE_SUMS = {
  payments: 1_200,
  opened: 1_180,
  completed: 1_010,
  failed: 90,
  expired: 70,
  blocked: 2,
  failover: 4,
  successRate: 0.8632,
  amount: 59_880_000,
  capturedAmount: 50_399_000,
  refundedAmount: 499_000,
} as const;

export const ANALYTICS_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/payments/analytics": {
    operationId: "getAnalytics",
    tag: "Operations",
    summary: "Sums over payments",
    description:
      "How many payments were made, opened and paid, money, success rate and times, over any period of at most 400 days and by " +
      "day, hour, provider, instrument, bank or error code. With `Accept: text/csv` the rows come as CSV.",
    caller: { type: "signed", scope: "security:read", rateClass: "read" },
    parameters: [
      optional("from", wholeNumber, [
        "From then on, epoch ms; a day before `to`.",
        "1795600000000",
      ]),
      optional("to", wholeNumber, ["Before then, epoch ms; now.", "1795686400000"]),
      optional("by", group, ["What rows are told apart by; `day` if you do not say.", "provider"]),
      optional("utcOffset", wholeNumber, ["Where days begin, in minutes; India's 330.", "330"]),
    ],
    answers: {
      200: {
        type: "json",
        description: "The sums.",
        schema: "Analytics",
        example: {
          period: { from: 1_795_600_000_000, to: 1_795_686_400_000, utcOffset: 330 },
          totals: EXAMPLE_SUMS,
          timeToFinalMs: { p50: 41_000, p95: 183_000, p99: 640_000 },
          by: "provider",
          rows: [{ key: "phonepe", ...EXAMPLE_SUMS }],
        },
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
};
