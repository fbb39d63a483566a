/** How `GET /api/admin/residency` is described. */
import * as z from "zod";
import { once } from "#base";
import { timeMs } from "./answer-schemas.ts";
import { type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const text = (description: string) => z.string().describe(description);
const count = (description: string) => z.int().min(0).describe(description);
const localized = (value: z.ZodType) =>
  value.describe("Whether the deployment may be said to store payment data in India only.");

const off = once(() =>
  z
    .strictObject({
      mode: z.literal("off"),
      localized: localized(z.literal(false)),
      statement: text("What that means."),
    })
    .describe("Records rest in R2."),
);

const on = once(() =>
  z
    .strictObject({
      mode: z.literal("on"),
      localized: localized(z.boolean()),
      findings: z
        .array(
          z.enum([
            "no_export",
            "export_missing",
            "export_late",
            "purge_overdue",
            "records_left_in_r2",
          ]),
        )
        .describe("What speaks against it; docs/residency.md says what to do."),
      store: z
        .strictObject({
          location: text("Where it stands, as you vouch for it."),
          endpoint: text("Its address."),
          region: text("Its region."),
          bucket: text("The bucket."),
        })
        .describe("Where records rest."),
      export: z
        .strictObject({
          name: text("Its manifest."),
          sha256: text("Of the manifest, which names every file by its hash."),
          doneAt: timeMs("When it was complete.").nullable(),
          receipt: z
            .enum(["given_back_unchanged", "missing"])
            .describe("Whether the store gave the manifest back just now."),
        })
        .nullable()
        .describe("The newest hourly export; null: none yet."),
      purge: z
        .strictObject({
          afterMs: count("So long after its last change a payment leaves its object."),
          limitMs: count("So long it may stay at most."),
          overduePayments: count("Payments that ended and stayed longer."),
          oldestEndedAt: timeMs("When the first of these ended.").nullable(),
          leftRecords: count("Records that still rest in R2; counted up to 3,000."),
        })
        .describe("What is left outside India."),
      staysAtEdge: z
        .array(z.string())
        .describe("What stays for good: nothing of a payment's data."),
    })
    .describe("Records rest in India."),
);

export const residency = once(() =>
  z.union([off(), on()]).describe("Where payment data rests, looked at now."),
);

export const SHARED_RESIDENCY_SCHEMAS = { ResidencyOff: off, ResidencyOn: on } as const;

export const RESIDENCY_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/admin/residency": {
    operationId: "getResidency",
    tag: "Operations",
    summary: "See where payment data rests",
    description:
      "Whether payment data is stored in India only, looked at now: the newest export as the store gives it back, and " +
      "what has stayed outside for longer than a day after a payment's end.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    answers: {
      200: {
        type: "json",
        description: "Where it rests.",
        schema: "Residency",
        example: {
          mode: "on",
          localized: true,
          findings: [],
          store: {
            location: "Mumbai, India",
            endpoint: "https://s3.ap-south-1.amazonaws.com",
            region: "ap-south-1",
            bucket: "merchant-payments",
          },
          export: {
            name: "manifests/2026-11-24T18:17:00.000Z-run_9hK2xQ7rT1uV5wY8zA3bCd",
            sha256: "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
            doneAt: 1_795_600_000_000,
            receipt: "given_back_unchanged",
          },
          purge: {
            afterMs: 43_200_000,
            limitMs: 86_400_000,
            overduePayments: 0,
            oldestEndedAt: null,
            leftRecords: 0,
          },
          staysAtEdge: ["order ids", "keyed hashes", "keys", "sums per period"],
        },
      },
    },
    problems: SIGNED_PROBLEMS,
  },
};
