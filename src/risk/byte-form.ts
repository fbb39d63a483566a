/** Numbers as bytes: small whole numbers take one byte, none takes more than eight. */

const BYTES_AT_FIRST = 1_024;
const VARINT_BASE = 128;

export interface ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  at: number;
}

export interface ByteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  /** Something was read behind the end, or was no number that the writer makes. */
  broken: boolean;
}

export function byteWriter(): ByteWriter {
  const bytes = new Uint8Array(BYTES_AT_FIRST);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
}

export function byteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, at: 0, broken: false };
}

/** A whole number from 0 to 2^53 - 1, seven bits a byte. */
export function putWhole(writer: ByteWriter, value: number): void {
  makeRoom(writer);
  let rest = value;
  while (rest >= VARINT_BASE) {
    writer.bytes[writer.at] = (rest % VARINT_BASE) + VARINT_BASE;
    writer.at += 1;
    rest = Math.floor(rest / VARINT_BASE);
  }
  writer.bytes[writer.at] = rest;
  writer.at += 1;
}

export function putDouble(writer: ByteWriter, value: number): void {
  makeRoom(writer);
  writer.view.setFloat64(writer.at, value);
  writer.at += 8;
}

export function putHash(writer: ByteWriter, value: number): void {
  makeRoom(writer);
  writer.view.setUint32(writer.at, value);
  writer.at += 4;
}

export function writtenBytes(writer: ByteWriter): Uint8Array<ArrayBuffer> {
  return writer.bytes.slice(0, writer.at);
}

export function takeWhole(reader: ByteReader): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = reader.bytes[reader.at];
    reader.at += 1;
    if (byte === undefined) return broken(reader);
    value += (byte % VARINT_BASE) * factor;
    if (value > Number.MAX_SAFE_INTEGER) return broken(reader);
    if (byte < VARINT_BASE) return value;
    factor *= VARINT_BASE;
  }
}

export function takeDouble(reader: ByteReader): number {
  if (reader.at + 8 > reader.bytes.length) return broken(reader);
  const value = reader.view.getFloat64(reader.at);
  reader.at += 8;
  return Number.isFinite(value) ? value : broken(reader);
}

export function takeHash(reader: ByteReader): number {
  if (reader.at + 4 > reader.bytes.length) return broken(reader);
  const value = reader.view.getUint32(reader.at);
  reader.at += 4;
  return value;
}

/** How many things follow, at most `max`: a broken length must not make a huge list. */
export function takeCount(reader: ByteReader, max: number): number {
  const count = takeWhole(reader);
  return count <= max ? count : broken(reader);
}

function broken(reader: ByteReader): number {
  reader.broken = true;
  return 0;
}

/** For one number more. */
function makeRoom(writer: ByteWriter): void {
  if (writer.at + 8 <= writer.bytes.length) return;
  const longer = new Uint8Array(writer.bytes.length * 2);
  longer.set(writer.bytes);
  writer.bytes = longer;
  writer.view = new DataView(longer.buffer);
}
