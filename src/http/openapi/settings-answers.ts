/** What is answered about a merchant's settings. Strict, as answers to merchants are. */
import * as z from "zod";
import { once } from "#base";
import { configForm } from "#door";
import { timeMs } from "./answer-schemas.ts";

const timeOrNull = (description: string) => timeMs("").nullable().describe(description);

const versionShape = once(() => ({
  version: z.int().min(0).describe("Counts up with each change; 0: as it stands in `BOOTSTRAP`."),
  source: z.enum(["vault", "bootstrap"]).describe("Where it comes from."),
  changedAt: timeOrNull("When it was made; null: with the deployment."),
  changedBy: z.string().nullable().describe("The API key that made it."),
  reason: z.string().nullable().describe("Why, in the words of who made it."),
  rolledBackTo: z.int().nullable().describe("The older version whose content it has."),
}));

export const configuration = once(() =>
  z
    .strictObject({
      merchantId: z.string().describe("Whose it is."),
      ...versionShape(),
      config: configForm().describe("The whole configuration, defaults included."),
    })
    .describe("A version of a merchant's configuration."),
);

const configChange = once(() =>
  z
    .strictObject({
      path: z.string().describe("A JSON pointer; a list is one value."),
      from: z.unknown().optional().describe("Absent when there was nothing."),
      to: z.unknown().optional().describe("Absent when there is nothing any more."),
    })
    .describe("What differs from the version before."),
);

const configVersion = once(() =>
  z
    .strictObject({
      ...versionShape(),
      changes: z.array(configChange()).describe("What differs from the version before."),
    })
    .describe("Who changed a configuration, when and why."),
);

export const configHistory = once(() =>
  z
    .strictObject({
      versions: z.array(configVersion()).describe("Newest first, at most 50."),
      next: z
        .int()
        .nullable()
        .describe("Name it as `before` for older ones; null: there are none."),
    })
    .describe("Versions of a configuration."),
);

export const credential = once(() =>
  z
    .strictObject({
      name: z.string().describe("`phonepe`, `razorpay`, `notifications`, `webhook:<provider>`."),
      version: z
        .int()
        .min(0)
        .describe("Counts up with each change; 0: as it stands in `BOOTSTRAP`."),
      source: z.enum(["vault", "bootstrap"]).describe("Where it comes from."),
      setAt: timeOrNull("When it was set; null: with the deployment."),
      setBy: z.string().nullable().describe("The API key that set it."),
      reason: z.string().nullable().describe("Why, in the words of who set it."),
      accepted: z
        .array(
          z.strictObject({
            version: z.int().min(0).describe("A version that was replaced."),
            until: timeMs("Until when what is signed with it is accepted."),
          }),
        )
        .describe("Replaced versions in their overlap."),
    })
    .describe("A credential, without its value."),
);

export const credentialList = once(() =>
  z
    .strictObject({ credentials: z.array(credential()).describe("All of the merchant.") })
    .describe("Credentials by name."),
);

export const SHARED_SETTINGS_SCHEMAS = {
  ConfigChange: configChange,
  ConfigVersion: configVersion,
} as const;
