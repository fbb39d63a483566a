/**
 * Addresses and CIDR blocks by their strict texts: no leading zeros in decimals, no short or hexadecimal IPv4, no zone, no
 * brackets. An IPv4-mapped IPv6 address is its IPv4 address; beyond that the two families never meet.
 */
import * as z from "zod";
import { assert } from "./assert.ts";
import { once } from "./once.ts";

const GROUP_BITS = 16;
const IPV6_GROUPS = 8;
const TEXT_CHARACTERS_MAX = 49; // six groups, a dotted end and /128
const ALLOW_LIST_MAX = 256;
/** What a provider gives one customer at least (RFC 6177). */
const CALLER_PREFIX_BITS = 64;

/** Groups of 16 bits, most significant first: two are IPv4, eight IPv6. */
type Groups = readonly number[];

/** A block of addresses: those whose first `prefixBits` are those of `network`. */
export interface Cidr {
  readonly network: Groups;
  readonly prefixBits: number;
}

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32` or one plain address. A block with host bits set (`10.1.2.3/8`) is a typo and
 * refused; an IPv4-mapped one (`::ffff:0:0/96`) is the IPv4 block.
 */
export function parseCidr(text: string): Cidr | undefined {
  const [addressText = "", prefixText, surplus] = text.split("/");
  const written = writtenGroups(addressText);
  if (written === undefined || surplus !== undefined) return undefined;
  const writtenBits = written.length * GROUP_BITS;
  const bits = prefixText === undefined ? writtenBits : decimal(prefixText, writtenBits);
  if (bits === undefined) return undefined;
  const network = withoutMapping(written);
  // Of a mapped block that is wider than IPv4 the mark itself is a host bit: it ends below zero.
  const prefixBits = bits - (writtenBits - network.length * GROUP_BITS);
  const clean = network.every((group, index) => (group & ~maskOf(prefixBits, index)) === 0);
  return prefixBits >= 0 && clean ? { network, prefixBits } : undefined;
}

/** The block as a text that `parseCidr` reads. */
export function formatCidr({ network, prefixBits }: Cidr): string {
  const address =
    network.length === IPV6_GROUPS
      ? network.map((group) => group.toString(16)).join(":")
      : network.flatMap((group) => [group >> 8, group & 0xff]).join(".");
  return `${address}/${prefixBits}`;
}

/** For lists that stand in code. */
export function cidrsOf(...texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const cidr = parseCidr(text);
    assert(cidr !== undefined, `not a CIDR block: ${text}`);
    return cidr;
  });
}

/** Whether an address is in one of the blocks. What is no address is in none. */
export function cidrsContain(cidrs: readonly Cidr[], clientAddress: string): boolean {
  const written = writtenGroups(clientAddress);
  if (written === undefined) return false;
  const address = withoutMapping(written);
  return cidrs.some(({ network, prefixBits }) => {
    if (network.length !== address.length) return false;
    return network.every(
      (group, index) => ((group ^ (address[index] ?? 0)) & maskOf(prefixBits, index)) === 0,
    );
  });
}

/**
 * The name of what one caller has to itself: an IPv4 address, or the first 64 bits of an IPv6 one, of which he can use
 * any. What is no address has no network.
 */
export function networkOf(clientAddress: string): string | undefined {
  const written = writtenGroups(clientAddress);
  if (written === undefined) return undefined;
  const address = withoutMapping(written);
  const network = address.map((group, index) => group & maskOf(CALLER_PREFIX_BITS, index));
  const prefixBits = Math.min(CALLER_PREFIX_BITS, network.length * GROUP_BITS);
  return formatCidr({ network, prefixBits });
}

/** A list of CIDR blocks as it is written; a bad one is refused under its index, never guessed. */
export const allowListSchema = once(() =>
  z
    .array(z.string().refine((text) => parseCidr(text) !== undefined, "not a CIDR block"))
    .min(1)
    .max(ALLOW_LIST_MAX),
);

function maskOf(prefixBits: number, index: number): number {
  const bits = Math.min(Math.max(prefixBits - index * GROUP_BITS, 0), GROUP_BITS);
  return (0xffff << (GROUP_BITS - bits)) & 0xffff;
}

function writtenGroups(text: string): Groups | undefined {
  if (text.length > TEXT_CHARACTERS_MAX) return undefined;
  return text.includes(":") ? ipv6Groups(text) : ipv4Groups(text);
}

function ipv4Groups(text: string): Groups | undefined {
  const octets = text.split(".").map((part) => decimal(part, 255));
  const [a, b, c, d] = octets;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return octets.length === 4 ? [a * 256 + b, c * 256 + d] : undefined;
}

function ipv6Groups(text: string): Groups | undefined {
  const [headText = "", tailText, surplus] = withHexEnd(text).split("::");
  const head = hexGroups(headText);
  const tail = hexGroups(tailText ?? "");
  if (head === undefined || tail === undefined || surplus !== undefined) return undefined;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (tailText === undefined) return missing === 0 ? head : undefined;
  return missing > 0 ? [...head, ...Array.from({ length: missing }, () => 0), ...tail] : undefined;
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`; any other text as it is. */
function withHexEnd(text: string): string {
  const endAt = text.lastIndexOf(":") + 1;
  const end = ipv4Groups(text.slice(endAt));
  if (end === undefined) return text;
  return text.slice(0, endAt) + end.map((group) => group.toString(16)).join(":");
}

function hexGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  return parts.map((part) => Number.parseInt(part, 16));
}

function decimal(text: string, max: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

function withoutMapping(groups: Groups): Groups {
  const mapped =
    groups.length === IPV6_GROUPS &&
    groups[5] === 0xffff &&
    groups.slice(0, 5).every((group) => group === 0);
  return mapped ? groups.slice(6) : groups;
}
