/**
 * Where we may send to (API-7, WHK-9): https, a public name or a global address. Names that only DNS shows to be
 * private are the platform's to stop (`global_fetch_strictly_public`). Checked at every send, never trusted from before.
 */

export type AddressPolicy = "development" | "production";

const URL_CHARACTERS_MAX = 2_048;
const HOST_CHARACTERS_MAX = 253;
const LABEL_CHARACTERS_MAX = 63;
/** The usual second port beside the default one; others belong to other services. */
const PORTS = new Set(["", "443", "8443"]);
const LOCAL_SUFFIXES = [".localhost", ".local", ".internal", ".localdomain", ".home.arpa"];

/** [network, prefix length] of what is not global unicast (IANA special-purpose registry). */
const PRIVATE_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Whether a notification may be sent there. In development http and this machine are allowed as well. */
export function isAllowedNotifyUrl(text: string, policy: AddressPolicy): boolean {
  // The URL parser drops control characters and mends blanks and backslashes: refuse the text before it does.
  if (text.length > URL_CHARACTERS_MAX || /[\s\\\p{Cc}]/u.test(text)) return false;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return false;
  const host = url.hostname.replace(/\.$/, "").toLowerCase();
  if (policy === "development" && isThisMachine(host)) {
    return url.protocol === "http:" || url.protocol === "https:";
  }
  return url.protocol === "https:" && PORTS.has(url.port) && isPublicHost(host);
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isPublicHost(host: string): boolean {
  if (host.startsWith("[")) return isGlobalIpv6(host.slice(1, -1));
  // The parser has turned every spelling of an IPv4 address into four decimal parts.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return !isPrivateIpv4(host);
  return isPublicName(host);
}

function isPublicName(host: string): boolean {
  const labels = host.split(".");
  const wellFormed = labels.every(
    (label) => label.length > 0 && label.length <= LABEL_CHARACTERS_MAX,
  );
  const local = host === "localhost" || LOCAL_SUFFIXES.some((suffix) => host.endsWith(suffix));
  return labels.length > 1 && wellFormed && !local && host.length <= HOST_CHARACTERS_MAX;
}

function isPrivateIpv4(address: string): boolean {
  return PRIVATE_IPV4.some(([network, bits]) => {
    const shift = 2 ** (32 - bits);
    return Math.floor(ipv4Number(address) / shift) === Math.floor(ipv4Number(network) / shift);
  });
}

function ipv4Number(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

/** Global unicast is 2000::/3; of it Teredo, documentation and 6to4 lead elsewhere. */
function isGlobalIpv6(address: string): boolean {
  const [first = 0, second = 0] = ipv6Groups(address);
  if (first < 0x2000 || first > 0x3fff) return false;
  const teredo = first === 0x2001 && second === 0;
  const documentation = (first === 0x2001 && second === 0x0db8) || first === 0x3fff;
  return !teredo && !documentation && first !== 0x2002;
}

/** The groups before `::`, which is where the network is; the parser writes hexadecimal and no zone. */
function ipv6Groups(address: string): number[] {
  const head = address.split("::")[0] ?? "";
  return head.split(":").map((group) => Number.parseInt(group || "0", 16));
}
