/**
 * A chunk: many records, or one object's dump, as JSON, zipped, cut into parts and each part sealed. A part opens at
 * its own place of its own run alone (GCM-4), so nothing can be moved, left out or put in.
 */
import * as z from "zod";
import {
  concatBytes,
  fromBase64,
  merchantIdSchema,
  objectDumpSchema,
  once,
  toBase64,
  utf8,
} from "#base";
import { OBJECT_KINDS, type Sealing } from "./files.ts";

/** In base64 two thirds of what an envelope takes. */
const PART_BYTES = 512 * 1_024;

const paymentEntrySchema = once(() =>
  z.strictObject({
    merchantOrderId: z.string(),
    amountPaisa: z.int().min(0),
    capturedPaisa: z.int().min(0),
    refundedPaisa: z.int().min(0),
    copy: z.string(),
  }),
);
export type PaymentEntry = z.infer<ReturnType<typeof paymentEntrySchema>>;

const chunkContentSchema = once(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("payments"),
      merchantId: merchantIdSchema,
      payments: z.array(paymentEntrySchema()),
    }),
    z.strictObject({
      kind: z.literal("object"),
      object: z.enum(OBJECT_KINDS),
      merchantId: merchantIdSchema.nullable(),
      dump: objectDumpSchema(),
    }),
  ]),
);
export type ChunkContent = z.infer<ReturnType<typeof chunkContentSchema>>;

/** Which chunk of which run. */
export interface ChunkPlace {
  readonly runId: string;
  readonly position: number;
}

/** The chunk as a file: one envelope a line. */
export async function packChunk(
  sealing: Sealing,
  place: ChunkPlace,
  content: ChunkContent,
): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = await throughStream(utf8(JSON.stringify(content)), new CompressionStream("gzip"));
  const count = Math.ceil(zipped.length / PART_BYTES);
  const lines: string[] = [];
  for (let part = 0; part < count; part += 1) {
    const bytes = zipped.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    lines.push(await sealing.seal(partIdentity(place, part, count), toBase64(bytes)));
  }
  return utf8(lines.join("\n"));
}

/** What `packChunk` closed; `undefined` for everything else. */
export async function unpackChunk(
  sealing: Sealing,
  place: ChunkPlace,
  file: Uint8Array<ArrayBuffer>,
): Promise<ChunkContent | undefined> {
  const lines = new TextDecoder().decode(file).split("\n");
  const parts: Uint8Array[] = [];
  for (const [part, line] of lines.entries()) {
    const text = await sealing.open(partIdentity(place, part, lines.length), line);
    if (text === undefined) return undefined;
    parts.push(fromBase64(text));
  }
  const json = await throughStream(concatBytes(parts), new DecompressionStream("gzip"));
  return chunkContentSchema().parse(JSON.parse(new TextDecoder().decode(json)));
}

function partIdentity({ runId, position }: ChunkPlace, part: number, count: number): string[] {
  return ["chunk", runId, String(position), String(part), String(count)];
}

async function throughStream(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(out).arrayBuffer());
}
