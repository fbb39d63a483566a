/** What a log's object keeps beside its rows. */
import * as z from "zod";
import { once } from "#base";
import { verifyingJwkSchema } from "#vault";
import { type Tip, tipSchema } from "./store.ts";
import { auditKeysSchema } from "./verify.ts";

const signingKeySchema = once(() =>
  z.object({
    publicJwk: verifyingJwkSchema(),
    sealedPrivate: z.string(),
    createdAtMs: z.int(),
  }),
);
export type SigningKeyRecord = z.infer<ReturnType<typeof signingKeySchema>>;

/** What is being sealed: made again after a crash, it has the same bytes. */
const sealingSchema = once(() =>
  z.object({ lastSequence: z.int(), sealedAtMs: z.int(), keyId: z.string() }),
);
const removingSchema = once(() =>
  z.object({ toSegment: z.int(), removedAtMs: z.int(), keyId: z.string() }),
);
/** Of the sealed entries that a check looked at, how many hold, and up to which sequence it looked. */
const coverageSchema = once(() =>
  z.object({ looked: z.int(), verified: z.int(), toSequence: z.int() }),
);
const checkSchema = once(() =>
  z.object({
    ok: z.boolean(),
    detail: z.string(),
    atMs: z.int(),
    coverage: coverageSchema().optional(),
  }),
);
const failuresSchema = once(() => z.object({ count: z.int(), notBeforeMs: z.int() }));
const sealedHeadSchema = once(() => auditKeysSchema().shape.head.unwrap());

export type Check = z.infer<ReturnType<typeof checkSchema>>;

type Stored = Pick<DurableObjectStorage, "kv">;

export const tipOf = ({ kv }: Stored): Tip | undefined =>
  tipSchema().optional().parse(kv.get("tip"));
export const signingKeysOf = ({ kv }: Stored) =>
  signingKeySchema()
    .array()
    .parse(kv.get("keys") ?? []);
export const sealingOf = ({ kv }: Stored) => sealingSchema().optional().parse(kv.get("sealing"));
export const removingOf = ({ kv }: Stored) => removingSchema().optional().parse(kv.get("removing"));
export const checkOf = ({ kv }: Stored) => checkSchema().optional().parse(kv.get("check"));
export const failuresOf = ({ kv }: Stored) => failuresSchema().optional().parse(kv.get("failures"));
/** The newest sealed segment. */
export const sealedHeadOf = ({ kv }: Stored) =>
  sealedHeadSchema().optional().parse(kv.get("sealed_head"));
