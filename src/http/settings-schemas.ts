/** The bodies of the endpoints of a merchant's settings: what may be set is what may stand in `BOOTSTRAP` (api.md 8). */
import * as z from "zod";
import { once } from "#base";
import { configForm, CREDENTIAL_FORMS } from "#door";
import { noted } from "./noted.ts";

const REASON_MAX = 256;
/** A week: a counterparty that needs longer is set again. */
const OVERLAP_HOURS = { max: 168, default: 24 } as const;

const reason = once(() =>
  noted(z.string().min(1).max(REASON_MAX), "Why, in your words: it stands in the history."),
);
const expectedVersion = once(() =>
  noted(z.int().min(0), "The newest version that you have seen; 0 when there is none yet."),
);

/** What each part of a configuration is. */
const CONFIG_WORDS = {
  notifyUrl: "Where notifications go: https and public. Absent: nothing is sent.",
  origins: "Web pages that may call from a browser, as the browser sends them.",
  allowIps: "Networks (CIDR) that signed calls may come from. Absent: from anywhere.",
  routing: "Who is given a payment, and whether another may stand in.",
  limits: "Replaces the tier's limits of a class, for every key.",
  jwk: "Your public key: answers are encrypted to it where asked for.",
  requireEncryption: "Bodies in the clear are refused.",
  risk: "Which risk rules count: `off`, `shadow` (told only) or `enforce`.",
} as const;

const describedConfig = once(() => {
  const form = configForm();
  const shape: Readonly<Record<string, z.ZodType>> = form.shape;
  for (const [name, words] of Object.entries(CONFIG_WORDS)) {
    const part = shape[name];
    if (part) noted(part, words);
  }
  return noted(form, "The whole configuration; what is left out has its default.");
});

export const putConfigSchema = once(() =>
  z.strictObject({
    config: describedConfig(),
    reason: reason(),
    expectedVersion: expectedVersion(),
  }),
);

export const rollBackConfigSchema = once(() =>
  z.strictObject({
    toVersion: noted(z.int().min(0), "The version whose content is to count again."),
    reason: reason(),
    expectedVersion: expectedVersion(),
  }),
);

/** With the form of one kind of credential, or of all. */
export const putCredentialSchemaOf = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({
    value,
    reason: reason(),
    overlapHours: noted(
      z.int().min(0).max(OVERLAP_HOURS.max).default(OVERLAP_HOURS.default),
      "How long webhooks and notifications may still be signed with what it replaces; 0: not at all.",
    ),
  });

/** What is sure before the path says which kind it is. */
export const putCredentialSchema = once(() =>
  putCredentialSchemaOf(z.record(z.string(), z.unknown())),
);

/** For the document. */
export const anyCredentialSchema = once(() =>
  putCredentialSchemaOf(
    noted(
      z.union(Object.values(CREDENTIAL_FORMS).map((form) => form())),
      "The credential, whole. It is never shown again.",
    ),
  ),
);
