/** Where PhonePe lives (contract.md 1.1). The path differs between the environments, not only the host (PP-02). */

export const PHONEPE_URLS = {
  production: {
    PHONEPE_PG_URL: "https://api.phonepe.com/apis/pg",
    PHONEPE_OAUTH_URL: "https://api.phonepe.com/apis/identity-manager",
    PHONEPE_CHECKOUT_SCRIPT_URL: "https://mercury.phonepe.com/web/bundle/checkout.js",
    PHONEPE_V1_URL: "https://api.phonepe.com/apis/hermes",
  },
  sandbox: {
    PHONEPE_PG_URL: "https://api-preprod.phonepe.com/apis/pg-sandbox",
    PHONEPE_OAUTH_URL: "https://api-preprod.phonepe.com/apis/pg-sandbox",
    PHONEPE_CHECKOUT_SCRIPT_URL: "https://mercury-stg.phonepe.com/web/bundle/checkout.js",
    PHONEPE_V1_URL: "https://api-preprod.phonepe.com/apis/pg-sandbox",
  },
} as const;

export type UrlName = keyof (typeof PHONEPE_URLS)["production"];

/** `local`: this machine, so the provider sandbox of the repository. `other`: neither PhonePe nor this machine. */
export type PlaceKind = "production" | "sandbox" | "local" | "other";

export interface Place {
  readonly kind: PlaceKind;
  readonly origin: string;
  /** Without a slash at its end. */
  readonly path: string;
  /** Whether what is sent there can be read on the way. */
  readonly exposed: boolean;
}

const HOSTS: ReadonlyMap<string, PlaceKind> = new Map([
  ["api.phonepe.com", "production"],
  ["mercury.phonepe.com", "production"],
  ["api-preprod.phonepe.com", "sandbox"],
  ["mercury-stg.phonepe.com", "sandbox"],
]);

export function placeOf(url: string): Place {
  const { hostname, origin, pathname, protocol } = new URL(url);
  const local = isThisMachine(hostname);
  return {
    kind: local ? "local" : (HOSTS.get(hostname) ?? "other"),
    origin,
    path: pathname.replace(/\/+$/, ""),
    exposed: protocol !== "https:" && !local,
  };
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** What the variable should say, as far as its host tells. */
export function rightUrl(name: UrlName, { kind, origin }: Place): string {
  if (kind === "production" || kind === "sandbox") return PHONEPE_URLS[kind][name];
  return `${origin}${new URL(PHONEPE_URLS.sandbox[name]).pathname}`;
}
