/** A merchant's audit log, read and proven (PCI-10.2, PCI-10.3.1). */
import * as z from "zod";
import { errorMessage, once } from "#base";
import { Problem } from "#problems";
import { clientAddress } from "./admission.ts";
import type { AuditPage, HttpDeps } from "./deps.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { queryOf } from "./query.ts";
import { validate } from "./validate.ts";

const PAGE_DEFAULT = 50;
const PAGE_MAX = 100;
/** How soon a log that does not answer is worth asking again. */
const LOG_RETRY_AFTER_SEC = 2;

const wholeNumber = () =>
  z
    .string()
    .regex(/^\d{1,15}$/, "a whole number")
    .transform(Number);

/** The fields of a search; each may stand once. */
export const auditQuerySchema = once(() =>
  z.strictObject({
    from: wholeNumber().default(0),
    to: wholeNumber().default(Number.MAX_SAFE_INTEGER),
    action: z
      .string()
      .regex(/^[a-z_]+\.[a-z_]+$/)
      .max(100)
      .nullable()
      .default(null),
    object: z.string().min(1).max(200).nullable().default(null),
    limit: wholeNumber().pipe(z.int().min(1).max(PAGE_MAX)).default(PAGE_DEFAULT),
    cursor: wholeNumber().pipe(z.int().min(1)).nullable().default(null),
  }),
);

/** `GET /api/payments/audit`: newest first, a page at a time; that it was read is logged before it is answered. */
export const searchAuditOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: searchAudit,
};

/** `GET /api/payments/audit/keys`: what `npm run audit:verify` trusts. */
export const auditKeysOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: auditKeys,
};

async function searchAudit({ c, deps, identity, merchant }: Call<undefined>): Promise<Response> {
  const { from, to, action, object, limit, cursor } = validate(
    auditQuerySchema(),
    queryOf(c.req.url),
  );
  const query = { fromMs: from, toMs: to, action, object, limit, before: cursor };
  const reader = { ...identity, address: clientAddress(c) };
  const page = await answering(deps, () => deps.audit.search(merchant.id, query, reader));
  return jsonAnswer(200, JSON.stringify(pageAnswer(page)));
}

async function auditKeys({ deps, merchant }: Call<undefined>): Promise<Response> {
  const keys = await answering(deps, () => deps.audit.keys(merchant.id));
  return jsonAnswer(200, JSON.stringify(keys));
}

async function answering<Answer>(deps: HttpDeps, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    deps.log("error", "the audit log does not answer", { error: errorMessage(error) });
    throw new Problem("admission_unavailable", {
      detail: "The audit log cannot be read now.",
      headers: { "retry-after": String(LOG_RETRY_AFTER_SEC) },
    });
  }
}

function pageAnswer({ entries, before }: AuditPage) {
  return {
    entries: entries.map(({ sequence, hash, loggedAtMs, event }) => ({
      sequence,
      hash,
      loggedAt: loggedAtMs,
      event: event && eventAnswer(event),
    })),
    cursor: before === null ? null : String(before),
  };
}

function eventAnswer({ atMs, ...event }: NonNullable<AuditPage["entries"][number]["event"]>) {
  return { at: atMs, ...event };
}
