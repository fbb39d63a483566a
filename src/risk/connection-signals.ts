/**
 * What a request's connection says of the device behind it. Each signal may be absent, and what the platform gives is
 * not believed to have its type. The caller's address is never among them: it changes with every mobile cell and is
 * personal data (I10).
 */
import * as z from "zod";
import { once } from "#base";
import { brandsOf, userAgentFamily } from "./user-agent.ts";

export interface ConnectionSignals {
  /** The payer's own browser calls; otherwise the connection is that of the merchant's server. */
  readonly fromBrowser: boolean;
  /** The network, which stays when the address in it changes. */
  readonly asn?: number | undefined;
  /** TLS before 1.2. Newer versions, as HTTP's, are noise: one browser speaks several of them in turn. */
  readonly oldTls?: boolean | undefined;
  /** `aes` or `chacha20`: which of them a device prefers depends on its processor. */
  readonly cipher?: string | undefined;
  readonly ja4Ciphers?: string | undefined;
  readonly headerNames: readonly string[];
  readonly userAgent?: string | undefined;
  readonly brands?: readonly string[] | undefined;
  readonly platform?: string | undefined;
  readonly mobile?: string | undefined;
  readonly language?: string | undefined;
}

/**
 * Headers that a client sends always or never. Those that depend on the single call (`cookie`, `cache-control`) or on
 * HTTP's version (`te`, `priority`) are left out.
 */
const COUNTED_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "dnt",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-gpc",
  "user-agent",
  "x-requested-with",
]);
const HINT_CHARACTERS_MAX = 64;

const textOrNone = z.string().optional().catch(undefined);
const cfSchema = once(() =>
  z
    .object({
      asn: z.int().min(1).optional().catch(undefined),
      tlsVersion: textOrNone,
      tlsCipher: textOrNone,
      botManagement: z.object({ ja4: textOrNone }).optional().catch(undefined),
      requestHeaderNames: z.array(z.string()).optional().catch(undefined),
    })
    .catch({}),
);

export function connectionSignals(request: Request): ConnectionSignals {
  const { headers } = request;
  const cf = cfSchema().parse(request.cf);
  const header = (name: string) => headers.get(name) ?? undefined;
  const userAgent = header("user-agent");
  const brands = header("sec-ch-ua");
  return {
    // Browsers set these by themselves, client libraries do not.
    fromBrowser: headers.has("origin") || headers.has("sec-fetch-site"),
    asn: cf.asn,
    oldTls: isOldTls(cf.tlsVersion),
    cipher: /aes|chacha20/i.exec(cf.tlsCipher ?? "")?.[0].toLowerCase(),
    ja4Ciphers: ja4CiphersOf(cf.botManagement?.ja4),
    // The runtime sorts the headers' names: of their true order only the platform can tell, where it does.
    headerNames: countedNames(cf.requestHeaderNames ?? [...headers.keys()]),
    userAgent: userAgent && userAgentFamily(userAgent),
    brands: brands === undefined ? undefined : brandsOf(brands),
    platform: header("sec-ch-ua-platform")?.slice(0, HINT_CHARACTERS_MAX),
    mobile: header("sec-ch-ua-mobile")?.slice(0, HINT_CHARACTERS_MAX),
    language: firstLanguage(header("accept-language")),
  };
}

function isOldTls(version: string | undefined): boolean | undefined {
  if (version === undefined || !/^(SSL|TLS)v/.test(version)) return undefined;
  return /^(SSLv.*|TLSv1(\.[01])?)$/.test(version);
}

/**
 * Of `t13d1516h2_8daaf6152771_02713d6af862` the middle, which is the offered ciphers: they outlive many releases, while
 * the first and the last part count and hash extensions, which change with releases and with every resumed session.
 */
function ja4CiphersOf(ja4: string | undefined): string | undefined {
  return /^[a-z0-9]{10}_([0-9a-f]{12})_[0-9a-f]{12}$/.exec(ja4 ?? "")?.[1];
}

function countedNames(names: readonly string[]): readonly string[] {
  const lower = names.map((name) => name.toLowerCase());
  return [...new Set(lower.filter((name) => COUNTED_HEADERS.has(name)))];
}

function firstLanguage(header: string | undefined): string | undefined {
  return /^\s*([a-z0-9-]{1,35})/i.exec(header ?? "")?.[1]?.toLowerCase();
}
