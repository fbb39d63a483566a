/** Where sealed records rest: R2, or, with `RESIDENCY`, a bucket in India (docs/residency.md). The one way to any of them. */
import { type Places, type RecordBucket, residentBucket, s3Bucket, type S3Ports } from "#residency";
import { SECOND_MS } from "#base";
import { type Bindings, configOf } from "../env.ts";
import { clock, outboundOf } from "../platform.ts";

/** What rests, by kind; a kind is also its folder in India. */
type Kind = "archive" | "backups" | "audit";
const KINDS: readonly Kind[] = ["archive", "backups", "audit"];

/** A chunk of a backup, the largest of what rests, is some MiB. */
const CALL_MS = 30 * SECOND_MS;
const ANSWER_BYTES_MAX = 64 * 1_024 * 1_024;

export function bucketOf(env: Bindings, kind: Kind): RecordBucket {
  const places = placesOf(env, kind);
  return places ? residentBucket(places) : r2Bucket(r2Of(env, kind));
}

/** Where each kind rests and where it rested before; empty without residency. */
export function residentPlaces(env: Bindings): Places[] {
  return KINDS.flatMap((kind) => placesOf(env, kind) ?? []);
}

function placesOf(env: Bindings, kind: Kind): Places | undefined {
  const { residency } = configOf(env);
  if (!residency) return undefined;
  const home = s3Bucket(residency, `${kind}/`, { nowMs: clock, send: sendOf(env) });
  return { home, left: r2Bucket(r2Of(env, kind)) };
}

function sendOf(env: Bindings): S3Ports["send"] {
  const outbound = outboundOf(configOf(env));
  return async (request) => {
    const answerBytesMax = ANSWER_BYTES_MAX;
    const result = await outbound({ ...request, timeoutMs: CALL_MS, answerBytesMax });
    if (result.type === "answer") return result;
    throw new Error(`the bucket in India cannot be reached: ${result.reason}`);
  };
}

function r2Of(env: Bindings, kind: Kind): R2Bucket {
  return { archive: env.ARCHIVE, backups: env.BACKUPS, audit: env.AUDIT_SEGMENTS }[kind];
}

function r2Bucket(bucket: R2Bucket): RecordBucket {
  return {
    put: async (name, body) => void (await bucket.put(name, body)),
    async putNew(name, body) {
      const onlyIf = new Headers({ "if-none-match": "*" });
      return (await bucket.put(name, body, { onlyIf })) !== null;
    },
    async get(name) {
      const file = await bucket.get(name);
      return file === null ? undefined : new Uint8Array(await file.arrayBuffer());
    },
    remove: (names) => bucket.delete([...names]),
    async list(prefix, after) {
      const page = await bucket.list({
        prefix,
        ...(after === undefined ? {} : { startAfter: after }),
      });
      return page.objects.map(({ key }) => key);
    },
  };
}
