/** `npm run restore`: brings a backup back into an empty deployment and shows how far it is (docs/disaster.md). */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { signRequest } from "#client";
import { verifyBackup } from "#ops";
import { directoryReader } from "./backup-files.ts";
import { addMissingBytes } from "./node-bytes.ts";

const USAGE = `npm run restore -- --to <https://gateway> [--manifest manifests/...] [--from <directory>]

  --to        the new, empty deployment; its bucket holds the backup already
  --manifest  an earlier backup; without it, the newest
  --from      a copy of the bucket, checked before anything else

RESTORE_TOKEN, ADMIN_KEY_ID and ADMIN_KEY_SECRET come from the process environment, never from flags.`;
const [FAILED, MISUSED] = [1, 2] as const;
const LOOK_EVERY_MS = 5_000;

interface Progress {
  readonly state: "checking" | "restoring" | "done" | "refused";
  readonly manifest: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly chunks: { readonly done: number; readonly of: number };
  readonly payments: Readonly<Record<"restored" | "known" | "conflicts" | "failed", number>>;
  readonly fault: { readonly file: string; readonly reason: string } | null;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  addMissingBytes();
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { to: text, manifest: text, from: text } });
  const { RESTORE_TOKEN, ADMIN_KEY_ID, ADMIN_KEY_SECRET } = process.env;
  if (!values.to || !RESTORE_TOKEN || !ADMIN_KEY_ID || !ADMIN_KEY_SECRET) {
    console.error(USAGE);
    return MISUSED;
  }
  if (values.from !== undefined && !(await isWhole(values.from))) return FAILED;
  const key = { keyId: ADMIN_KEY_ID, secret: ADMIN_KEY_SECRET };
  const gateway = { url: new URL("/api/admin/restore", values.to).href, key };
  const { manifest } = values;
  const body = JSON.stringify({ token: RESTORE_TOKEN, ...(manifest ? { manifest } : {}) });
  return watch(gateway, await ask(gateway, body));
}

async function isWhole(directory: string): Promise<boolean> {
  const { newest, faults } = await verifyBackup(directoryReader(directory));
  for (const { file, reason } of faults) console.error(`${reason}: ${file}`);
  if (newest === null) console.error("there is no backup in that directory");
  return newest !== null && faults.length === 0;
}

interface Gateway {
  readonly url: string;
  readonly key: { readonly keyId: string; readonly secret: string };
}

/** One signed call; begins with a body, looks without. */
async function ask({ url, key }: Gateway, body?: string): Promise<Progress> {
  const method = body === undefined ? "GET" : "POST";
  const raw = body === undefined ? undefined : new TextEncoder().encode(body);
  const content = raw === undefined ? {} : { body: raw, contentType: "application/json" };
  const createdSec = Math.floor(Date.now() / 1_000);
  const signed = await signRequest({ method, url, ...content }, key, { createdSec });
  const response = await fetch(signed.url, {
    method,
    headers: signed.headers,
    ...(raw === undefined ? {} : { body: raw }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${answer.code}: ${answer.detail}`);
  return answer.restore;
}

async function watch(gateway: Gateway, begun: Progress): Promise<number> {
  let progress = begun;
  console.log(`backup ${progress.manifest}`);
  while (progress.endedAt === null) {
    const { state, chunks, payments } = progress;
    console.log(`${state}: ${chunks.done} of ${chunks.of} chunks, ${payments.restored} payments`);
    await sleep(LOOK_EVERY_MS);
    progress = await ask(gateway);
  }
  const { state, fault, payments, startedAt, endedAt } = progress;
  if (fault) console.error(`refused: ${fault.reason}: ${fault.file}`);
  const seconds = Math.round(((endedAt ?? startedAt) - startedAt) / 1_000);
  console.log(`${state} after ${seconds} s: ${JSON.stringify(payments)}`);
  return state === "done" && payments.failed + payments.conflicts === 0 ? 0 : FAILED;
}
