/**
 * A profile as bytes, to be stored as one row. The first byte is the version: a profile of another version, or a broken
 * one, is not read but begun anew by the caller.
 */
import { BUCKET_NUMBERS, type BucketSeries } from "./bucket-series.ts";
import {
  type ByteReader,
  byteReader,
  type ByteWriter,
  byteWriter,
  putDouble,
  putHash,
  putWhole,
  takeCount,
  takeDouble,
  takeHash,
  takeWhole,
  writtenBytes,
} from "./byte-form.ts";
import { type Members, MEMBER_NUMBERS } from "./members.ts";
import { emptyProfile } from "./profile.ts";
import {
  GRAINS,
  HASHES_MAX,
  KEY_KINDS,
  MEMBER_LISTS,
  MEMBERS_MAX,
  type Profile,
  SERIES,
} from "./profile-form.ts";

const VERSION = 1;
/** More buckets than any series of the serving grain keeps, and room for measuring with the exact one. */
const BUCKETS_MAX = 100_000;

export function encodeProfile(profile: Profile): Uint8Array<ArrayBuffer> {
  const writer = byteWriter();
  putWhole(writer, VERSION);
  putWhole(writer, KEY_KINDS.indexOf(profile.kind));
  putWhole(writer, GRAINS.indexOf(profile.grain));
  putWhole(writer, profile.firstAtMs);
  putWhole(writer, profile.lastAtMs);
  const { count, meanPaisa, squares, maxPaisa } = profile.amounts;
  putWhole(writer, count);
  putDouble(writer, meanPaisa);
  putDouble(writer, squares);
  putWhole(writer, maxPaisa);
  for (const name of SERIES) putSeries(writer, profile.series[name]);
  for (const list of MEMBER_LISTS) putMembers(writer, profile.members[list]);
  for (const hashes of [profile.payments, profile.declines, profile.frauds]) {
    putWhole(writer, hashes.length);
    for (const hash of hashes) putHash(writer, hash);
  }
  return writtenBytes(writer);
}

/** Undefined when the bytes are not a whole profile of this version. */
export function decodeProfile(bytes: Uint8Array): Profile | undefined {
  const reader = byteReader(bytes);
  if (takeWhole(reader) !== VERSION) return undefined;
  const kind = KEY_KINDS[takeWhole(reader)];
  const grain = GRAINS[takeWhole(reader)];
  if (kind === undefined || grain === undefined) return undefined;
  const profile = emptyProfile(kind, takeWhole(reader), grain);
  profile.lastAtMs = takeWhole(reader);
  profile.amounts.count = takeWhole(reader);
  profile.amounts.meanPaisa = takeDouble(reader);
  profile.amounts.squares = takeDouble(reader);
  profile.amounts.maxPaisa = takeWhole(reader);
  for (const name of SERIES) takeSeries(reader, profile.series[name]);
  for (const list of MEMBER_LISTS) {
    takeMembers(reader, profile.members[list], MEMBERS_MAX[kind][list]);
  }
  for (const hashes of [profile.payments, profile.declines, profile.frauds]) {
    for (let left = takeCount(reader, HASHES_MAX); left > 0; left -= 1)
      hashes.push(takeHash(reader));
  }
  return reader.broken || reader.at !== bytes.length ? undefined : profile;
}

/** Slots as distances from the one before. */
function putSeries(writer: ByteWriter, series: BucketSeries): void {
  putWhole(writer, series.length / BUCKET_NUMBERS);
  let previous = 0;
  for (let at = 0; at < series.length; at += BUCKET_NUMBERS) {
    const slot = series[at] ?? 0;
    putWhole(writer, slot - previous);
    previous = slot;
    for (let column = 1; column < BUCKET_NUMBERS; column += 1) {
      putWhole(writer, series[at + column] ?? 0);
    }
  }
}

function takeSeries(reader: ByteReader, series: BucketSeries): void {
  let slot = 0;
  for (let left = takeCount(reader, BUCKETS_MAX); left > 0 && !reader.broken; left -= 1) {
    slot += takeWhole(reader);
    series.push(slot);
    for (let column = 1; column < BUCKET_NUMBERS; column += 1) series.push(takeWhole(reader));
  }
}

function putMembers(writer: ByteWriter, members: Members): void {
  putWhole(writer, members.length / MEMBER_NUMBERS);
  for (let at = 0; at < members.length; at += MEMBER_NUMBERS) {
    putHash(writer, members[at] ?? 0);
    putWhole(writer, members[at + 1] ?? 0);
  }
}

function takeMembers(reader: ByteReader, members: Members, max: number): void {
  for (let left = takeCount(reader, max); left > 0; left -= 1) {
    members.push(takeHash(reader), takeWhole(reader));
  }
}
