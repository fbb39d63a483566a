/**
 * Where we may send to (API-7, WHK-9): https, a public name or a global address. Names that only DNS shows to be
 * private are the platform's to stop (`global_fetch_strictly_public`). Checked at every send, never trusted from before.
 */

import { cidrsContain, cidrsOf } from "#base";

export type AddressPolicy = "development" | "production";

const URL_CHARACTERS_MAX = 2_048;
const HOST_CHARACTERS_MAX = 253;
const LABEL_CHARACTERS_MAX = 63;
/** The usual second port beside the default one; others belong to other services. */
const PORTS = new Set(["", "443", "8443"]);
const LOCAL_SUFFIXES = [".localhost", ".local", ".internal", ".localdomain", ".home.arpa"];

/** Global unicast of IPv6. */
const GLOBAL_IPV6 = cidrsOf("2000::/3");
/** What is not global unicast, or leads elsewhere (IANA special-purpose registries). */
const SPECIAL = cidrsOf(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "2001::/32", // Teredo
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "3fff::/16", // documentation, and nothing else so far
);

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

/** The URL parser has turned every spelling of an IPv4 address into four decimal parts, of IPv6 into hexadecimal. */
function isPublicHost(host: string): boolean {
  if (host.startsWith("[")) {
    const address = host.slice(1, -1);
    return cidrsContain(GLOBAL_IPV6, address) && !cidrsContain(SPECIAL, address);
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return !cidrsContain(SPECIAL, host);
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
