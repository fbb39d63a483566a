/** How the routes of the self-test are described. */
import * as z from "zod";
import { once } from "#base";
import { timeMs } from "./answer-schemas.ts";
import { type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const runIdSchema = once(() => z.string().regex(/^run_[A-Za-z0-9_-]{22}$/));

export const selfTestBegun = once(() =>
  z
    .strictObject({ runId: runIdSchema().describe("Ask for it until its `state` is final.") })
    .describe("A self-test is under way."),
);

export const selfTestRun = once(() =>
  z
    .strictObject({
      runId: runIdSchema().describe("The run."),
      state: z
        .enum(["running", "passed", "failed"])
        .describe("`failed` also when it broke off or its result was changed."),
      startedAt: timeMs("When it began."),
      finishedAt: timeMs("").nullable().describe("When it ended; null while it runs."),
      tests: z
        .array(
          z.strictObject({
            id: z.string().describe("What was tested (docs/self-test.md)."),
            ok: z.boolean().describe("Whether it is as it should be."),
            detail: z.string().describe("What was seen, or why it was skipped."),
            ms: z.number().min(0).describe("How long it took."),
          }),
        )
        .describe("Those that are through."),
    })
    .describe("A self-test and what it found."),
);

const EXAMPLE_ID = "run_qk3pX0vU7yT2sR9aBcDeFg";

export const SELF_TEST_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "POST /api/payments/security-test": {
    operationId: "beginSecurityTest",
    tag: "Operations",
    summary: "Test the gateway's defences now",
    description:
      "Begins a run of the suite that also runs every hour: the gateway attacks its own public door with a key that lives " +
      "for minutes. While a run is under way, that one is answered. A failed run is notified as `security.alert`.",
    caller: { type: "signed", scope: "security:write", rateClass: "security" },
    answers: {
      202: {
        type: "json",
        description: "It is under way.",
        schema: "SelfTestBegun",
        example: { runId: EXAMPLE_ID },
      },
    },
    problems: SIGNED_PROBLEMS,
  },
  "GET /api/payments/security-test/:runId": {
    operationId: "getSecurityTest",
    tag: "Operations",
    summary: "See what a self-test found",
    description: "Runs are kept for 30 days, at most 100 of them.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    parameters: [
      {
        name: "runId",
        in: "path",
        description: "The run.",
        schema: runIdSchema,
        required: true,
        example: EXAMPLE_ID,
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The run as it stands.",
        schema: "SelfTestRun",
        example: {
          runId: EXAMPLE_ID,
          state: "passed",
          startedAt: 1_795_600_000_000,
          finishedAt: 1_795_600_002_400,
          tests: [
            { id: "signature.replay", ok: true, detail: "401 nonce_replayed", ms: 14 },
            {
              id: "canary.payment",
              ok: true,
              detail: "skipped: no sandbox is configured here",
              ms: 0,
            },
          ],
        },
      },
    },
    problems: [...SIGNED_PROBLEMS, "self_test_not_found"],
  },
};
