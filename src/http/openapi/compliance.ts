/** How `GET /api/payments/compliance-report` is described: OSCAL assessment-results, as far as they are used (RPT-1). */
import * as z from "zod";
import { once } from "#base";
import { frameworkSchema } from "../compliance-report.ts";
import { type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const text = (description: string) => z.string().min(1).describe(description);
const uuid = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    .describe(description);
const time = (description: string) =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    .describe(description);
const token = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/)
    .describe(description);

const observation = once(() =>
  z
    .strictObject({
      uuid: uuid("Findings refer to it."),
      title: text("The look's id, or the page's path."),
      description: text("What was seen."),
      props: z.array(
        z.strictObject({
          name: z.literal("result").describe("The one property there is."),
          ns: text("Whose name it is."),
          value: z.enum(["pass", "fail"]).describe("Whether it holds."),
        }),
      ),
      methods: z
        .array(z.enum(["TEST", "EXAMINE"]))
        .min(1)
        .describe("TEST: a look at the running gateway. EXAMINE: a page."),
      collected: time("When it was looked at; the date of a page."),
      expires: time("From then on it proves nothing."),
      "relevant-evidence": z
        .array(
          z.strictObject({ href: text("The page.").optional(), description: text("What it is.") }),
        )
        .min(1)
        .describe("What was looked at."),
    })
    .describe("One thing that findings rest on."),
);

const finding = once(() =>
  z
    .strictObject({
      uuid: uuid("Its own."),
      title: text("The control, in our words."),
      description: text("Why it stands so."),
      target: z.strictObject({
        type: z.literal("objective-id").describe("A control."),
        "target-id": token("The control's id."),
        status: z.strictObject({
          state: z.enum(["satisfied", "not-satisfied"]).describe("How it stands."),
          reason: z
            .enum(["pass", "fail", "other"])
            .describe("`other`: nothing was seen, or only people can show it."),
          remarks: text("Why."),
        }),
      }),
      "related-observations": z
        .array(z.strictObject({ "observation-uuid": uuid("Of this result.") }))
        .min(1)
        .optional()
        .describe("What it rests on; absent where it rests on nothing."),
    })
    .describe("What is said of one control."),
);

const result = once(() =>
  z
    .strictObject({
      uuid: uuid("Its own."),
      title: text("The framework."),
      description: text("What the report does not claim, and the counts."),
      start: time("When it was made."),
      "reviewed-controls": z.strictObject({
        "control-selections": z
          .array(
            z.strictObject({
              "include-controls": z
                .array(z.strictObject({ "control-id": token("Its id.") }))
                .min(1),
            }),
          )
          .min(1),
      }),
      observations: z.array(observation()).min(1).describe("What was seen."),
      findings: z.array(finding()).min(1).describe("One for each control that is listed."),
    })
    .describe("One framework."),
);

export const complianceReport = once(() =>
  z
    .strictObject({
      "assessment-results": z.strictObject({
        uuid: uuid("Of this report: every report is a new one."),
        metadata: z.strictObject({
          title: text("What it is about."),
          "last-modified": time("When it was made."),
          version: text("The gateway's version."),
          "oscal-version": text("The version of OSCAL."),
          remarks: text("What the report does not claim."),
        }),
        "import-ap": z.strictObject({ href: text("The page that says how it is made.") }),
        results: z.array(result()).min(1).describe("One for each framework."),
      }),
    })
    .describe("OSCAL assessment-results."),
);

export const SHARED_COMPLIANCE_SCHEMAS = {
  ComplianceResult: result,
  ComplianceObservation: observation,
  ComplianceFinding: finding,
} as const;

const MADE = "2026-11-25T08:00:00.000Z";
const SEEN = "6f1f4a0e-5b0c-4c55-9a51-0d8a3f1f2b77";

const EXAMPLE = {
  "assessment-results": {
    uuid: "0b7d5d0e-2f5b-4c0a-8f0e-0f2a5f7d9c11",
    metadata: {
      title: "What Foolproof can show of itself: CERT-In directions of 28 April 2022",
      "last-modified": MADE,
      version: "0.1.0",
      "oscal-version": "1.2.0",
      remarks: "This report is no certificate.",
    },
    "import-ap": { href: "docs/compliance.md" },
    results: [
      {
        uuid: "a1c9f7c2-7f0f-4d0b-9d0e-3c1f6b0d8e22",
        title: "CERT-In directions of 28 April 2022",
        description: "This report is no certificate. 1 control is listed here.",
        start: MADE,
        "reviewed-controls": {
          "control-selections": [
            { "include-controls": [{ "control-id": "certin-2.detect.chain" }] },
          ],
        },
        observations: [
          {
            uuid: SEEN,
            title: "audit_chain",
            description: "the chain of the audit log, verified: 3 segments, 12 entries",
            props: [{ name: "result", ns: "urn:foolproof:compliance", value: "pass" }],
            methods: ["TEST"],
            collected: MADE,
            expires: "2026-11-26T09:00:00.000Z",
            "relevant-evidence": [{ description: "the chain of the audit log, verified" }],
          },
        ],
        findings: [
          {
            uuid: "c4e0a9d6-1b0e-4f3a-8b56-9d7c2e5f1a33",
            title: "certin-2.detect.chain: Tampering with logs is noticed",
            description: "All that it rests on holds.",
            target: {
              type: "objective-id",
              "target-id": "certin-2.detect.chain",
              status: {
                state: "satisfied",
                reason: "pass",
                remarks: "All that it rests on holds.",
              },
            },
            "related-observations": [{ "observation-uuid": SEEN }],
          },
        ],
      },
    ],
  },
} as const;

export const COMPLIANCE_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/payments/compliance-report": {
    operationId: "getComplianceReport",
    tag: "Operations",
    summary: "See what the gateway can show of a framework's controls",
    description:
      "Controls of one framework, or of all, each with the evidence that was collected just now, a dated page, or the " +
      "reason why only people can show it. It is no certificate. `Accept: application/json` gives OSCAL " +
      "assessment-results, `text/html` a page that prints well.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    parameters: [
      {
        name: "framework",
        in: "query",
        description: "Which one; all of them, if you do not say.",
        schema: frameworkSchema,
        required: false,
        example: "pci-dss",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The report.",
        schema: "ComplianceReport",
        example: EXAMPLE,
        alsoPage: true,
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
};
