/** `GET /api/payments/analytics`: sums of the merchant's payments over any period, as JSON or CSV. */
import * as z from "zod";
import { DAY_MS, once } from "#base";
import { type Analytics, type AnalyticsQuery, GROUPS, type Sums } from "#events";
import { orUnavailable } from "./call-payment.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField, validate } from "./validate.ts";

const PERIOD_MS_MAX = 400 * DAY_MS;
/** India's. */
const UTC_OFFSET_MINUTES = 330;

const wholeNumber = () =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, "a whole number")
    .transform(Number);

export const analyticsQuerySchema = once(() =>
  z.strictObject({
    from: wholeNumber().pipe(z.int().min(0)).optional(),
    to: wholeNumber().pipe(z.int().min(0)).optional(),
    by: z.enum(GROUPS).default("day"),
    utcOffset: wholeNumber().pipe(z.int().min(-840).max(840)).default(UTC_OFFSET_MINUTES),
  }),
);

export const analyticsOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "read",
  schema: noBody,
  handle: answerAnalytics,
};

async function answerAnalytics({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  const asked = validate(analyticsQuerySchema(), c.req.query());
  const { to: toMs = deps.nowMs(), by, utcOffset: utcOffsetMinutes } = asked;
  const fromMs = asked.from ?? Math.max(0, toMs - DAY_MS);
  if (fromMs >= toMs) throw invalidField("/from", "invalid_value", "before `to`");
  if (toMs - fromMs > PERIOD_MS_MAX) throw invalidField("/from", "too_big", "400 days at most");
  const query: AnalyticsQuery = { fromMs, toMs, by, utcOffsetMinutes };
  const found = await orUnavailable("The ledger does not answer: repeat the call.", () =>
    deps.analytics(merchant.id, query),
  );
  return c.req.header("accept")?.includes("text/csv") === true
    ? csvAnswer(found, query)
    : jsonAnswer(200, JSON.stringify(viewOf(found, query)));
}

function viewOf({ totals, timeToFinalMs, rows }: Analytics, query: AnalyticsQuery) {
  const { fromMs, toMs, by, utcOffsetMinutes } = query;
  return {
    period: { from: fromMs, to: toMs, utcOffset: utcOffsetMinutes },
    totals: sumsView(totals),
    timeToFinalMs,
    by,
    rows: rows.map(({ key, ...sums }) => ({ key, ...sumsView(sums) })),
  };
}

function sumsView({ amountPaisa, capturedPaisa, refundedPaisa, ...rest }: Sums) {
  return {
    ...rest,
    amount: amountPaisa,
    capturedAmount: capturedPaisa,
    refundedAmount: refundedPaisa,
  };
}

/** RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe. */
function csvAnswer({ rows }: Analytics, { by }: AnalyticsQuery): Response {
  const views = rows.map(({ key, ...sums }) => ({ [by]: key, ...sumsView(sums) }));
  const names = Object.keys(views[0] ?? { [by]: "" });
  const lines = [names, ...views.map((view) => Object.values(view))].map((cells) =>
    cells.map(csvCell).join(","),
  );
  const headers = {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="payments-by-${by}.csv"`,
  };
  return new Response(`${lines.join("\r\n")}\r\n`, { headers });
}

function csvCell(value: string | number | null): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
