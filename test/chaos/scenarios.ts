/** The 209 published fault scenarios, and random ones along the same axes. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { ROOT } from "../dev/processes.ts";

const expectSchema = z.strictObject({
  final: z.array(z.string()).optional(),
  never: z.array(z.string()).optional(),
  captured: z.int().optional(),
  event: z.literal("payment.review").optional(),
  orders_payable_at_most: z.literal(1),
  second_answer: z.literal("422").optional(),
  answers: z.literal("one body, or 409").optional(),
  refund_before_capture: z.literal("409").optional(),
  refunds_at_most: z.int().optional(),
  webhook_changes_nothing: z.literal(true).optional(),
});

const scenarioSchema = z.strictObject({
  id: z.string(),
  amount: z.int(),
  truth: z.string(),
  pay: z.string(),
  token: z.string(),
  status: z.string(),
  webhook: z.string(),
  runtime: z.string(),
  client: z.string(),
  expect: expectSchema,
});
export type Scenario = z.infer<typeof scenarioSchema>;

const AXES = ["truth", "pay", "token", "status", "webhook", "runtime", "client"] as const;
const fileSchema = z.object({
  axes: z.record(z.enum(AXES), z.array(z.string())),
  vectors: z.array(scenarioSchema),
});

const file = fileSchema.parse(
  JSON.parse(readFileSync(`${ROOT}test/vectors/fault-scenarios.json`, "utf8")),
);

export const PUBLISHED: readonly Scenario[] = file.vectors;

/** Names a scenario in a test's title and in a failure. */
export function titleOf(scenario: Scenario): string {
  const faults = AXES.slice(1).flatMap((axis) =>
    ["ok", "none", "once"].includes(scenario[axis]) ? [] : [`${axis} ${scenario[axis]}`],
  );
  const { final, never } = scenario.expect;
  const end = final ? `ends ${final.join(" or ")}` : `is never ${never?.join(" or ")}`;
  return `F-${scenario.id}: ${scenario.truth}, ${faults.join(", ")} ${end}`;
}

const AMOUNTS = [100, 101, 49_900, 10_000_000, 10_000_000_000];
const MISMATCHES = ["amount_differs", "other_order_id"];

/** One scenario for each number, the same for the same seed. */
export function randomScenario(seed: number, index: number): Scenario {
  const random = generator(seed * 1_000_003 + index);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("an axis has no values");
    return item;
  };
  const axes = Object.fromEntries(AXES.map((axis) => [axis, pick(file.axes[axis])]));
  const bare = { id: `r${index}`, amount: pick(AMOUNTS), ...axes };
  const scenario = scenarioSchema.omit({ expect: true }).parse(bare);
  return { ...scenario, expect: expectationOf(scenario) };
}

/** The rules by which the published expectations were made. */
function expectationOf(scenario: Omit<Scenario, "expect">): Scenario["expect"] {
  const { truth, status, client, webhook, amount } = scenario;
  const paid = truth === "paid" || truth === "paid_late";
  const unpaid = truth === "failed" ? ["FAILED"] : ["EXPIRED", "FAILED"];
  const refunds = client === "refund_at_once" || client === "two_refunds_race";
  return {
    ...(MISMATCHES.includes(status)
      ? { never: ["COMPLETED"], event: "payment.review" as const }
      : { final: paid ? ["COMPLETED"] : unpaid, captured: paid ? amount : 0 }),
    orders_payable_at_most: 1,
    ...(client === "same_key_other_body" ? { second_answer: "422" as const } : {}),
    ...(client === "fifty_same_key" ? { answers: "one body, or 409" as const } : {}),
    ...(refunds
      ? { refunds_at_most: paid ? amount : 0, refund_before_capture: "409" as const }
      : {}),
    ...(webhook === "wrong_amount" ? { webhook_changes_nothing: true as const } : {}),
  };
}

/** mulberry32: small, seeded, good enough to pick from lists. */
function generator(seed: number): () => number {
  let state = Math.trunc(seed) >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
