/** The plain variables: do the URLs fit each other and `ENVIRONMENT` (PP-01, PP-02, contract.md 1.1)? */
import * as z from "zod";
import { once, type Result } from "#base";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { type Place, placeOf, type PlaceKind, rightUrl, type UrlName } from "./phonepe-place.ts";

const varsSchema = once(() =>
  z.object({
    ENVIRONMENT: z.enum(["development", "production"]),
    PHONEPE_PG_URL: z.url({ protocol: /^https?$/ }),
    PHONEPE_OAUTH_URL: z.url({ protocol: /^https?$/ }),
    PHONEPE_CHECKOUT_SCRIPT_URL: z.url({ protocol: /^https?$/ }),
    PHONEPE_V1_URL: z.url({ protocol: /^https?$/ }),
  }),
);
export type Vars = z.infer<ReturnType<typeof varsSchema>>;

/** The variables, or which of them are missing or malformed. */
export function readVars(vars: unknown): Result<Vars, Finding> {
  const parsed = varsSchema().safeParse(vars);
  if (parsed.success) return { ok: true, value: parsed.data };
  const names = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))];
  const refusal = fail(
    "variables",
    `missing or not valid: ${names.join(", ")}.`,
    "give them in wrangler.toml under [vars] or [env.production.vars]; ENVIRONMENT is development or production, the others are URLs.",
  );
  return { ok: false, refusal };
}

/** `ENVIRONMENT` against where PhonePe is asked. */
export function judgeEnvironment(vars: Vars): Finding {
  const check = "ENVIRONMENT";
  const kinds: PlaceKind[] = [vars.PHONEPE_PG_URL, vars.PHONEPE_OAUTH_URL].map(
    (url) => placeOf(url).kind,
  );
  const has = (kind: PlaceKind) => kinds.includes(kind);
  if (vars.ENVIRONMENT === "production" && has("local")) {
    return fail(
      check,
      "production, but PhonePe's URLs point to this machine: no payment can work.",
      "set PHONEPE_PG_URL and PHONEPE_OAUTH_URL of [env.production.vars] to PhonePe's own.",
    );
  }
  if (vars.ENVIRONMENT === "development" && has("production")) {
    return fail(
      check,
      "development, but the URLs are PhonePe's production: real money with loose rules for merchants' URLs.",
      "deploy with --env production, or point the URLs to a sandbox.",
    );
  }
  if (vars.ENVIRONMENT === "production" && has("sandbox")) {
    return warn(
      check,
      "production, but PhonePe's sandbox is asked: no money moves.",
      "right for a rehearsal; to sell, change URLs, credentials and clientVersion together.",
    );
  }
  return ok(check, `${vars.ENVIRONMENT} fits the URLs.`);
}

const API_URLS = ["PHONEPE_PG_URL", "PHONEPE_OAUTH_URL"] as const;

/** Host and path of the two API URLs; both must belong to one environment of PhonePe's. */
export function judgeApiUrls(vars: Vars): Finding[] {
  const [pg, oauth] = [placeOf(vars.PHONEPE_PG_URL), placeOf(vars.PHONEPE_OAUTH_URL)];
  if (pg.kind !== oauth.kind) {
    return [
      fail(
        "PHONEPE_OAUTH_URL",
        `OAuth is asked at ${oauth.origin}, the payment API at ${pg.origin}: a token of one environment is worth nothing in another.`,
        `take both URLs from one environment: ${rightUrl("PHONEPE_OAUTH_URL", pg)} belongs to this payment API.`,
      ),
    ];
  }
  return API_URLS.map((name) => judgeApiUrl(name, placeOf(vars[name])));
}

function judgeApiUrl(name: UrlName, place: Place): Finding {
  const right = rightUrl(name, place);
  if (place.exposed) {
    return fail(
      name,
      "http: credentials would be readable on the way, so nothing is sent.",
      `set it to ${right.replace(/^http:/, "https:")}.`,
    );
  }
  if (place.kind === "other") {
    return warn(
      name,
      `${place.origin} is none of PhonePe's hosts.`,
      "check the spelling, unless this is a relay of your own.",
    );
  }
  if (place.path.startsWith("/apis/hermes")) {
    return fail(
      name,
      "/apis/hermes is PhonePe's version 1; this gateway speaks version 2.",
      `set it to ${right}.`,
    );
  }
  if (place.kind !== "local" && `${place.origin}${place.path}` !== right) {
    return fail(
      name,
      `${place.path || "/"} is not the ${place.kind} path of this API.`,
      `set it to ${right}.`,
    );
  }
  return ok(name, `${place.origin}${place.path} (${place.kind}).`);
}

const SIDE_URLS = ["PHONEPE_CHECKOUT_SCRIPT_URL", "PHONEPE_V1_URL"] as const;

/**
 * What stands beside the API must be of the environment that makes the orders: the script that shoppers' browsers
 * load (contract.md 1.4), and version 1's base, whose path is its own (contract.md 6.8).
 */
export function judgeSideUrls(vars: Vars): Finding[] {
  const pg = placeOf(vars.PHONEPE_PG_URL);
  return SIDE_URLS.map((name) => judgeSideUrl(name, placeOf(vars[name]), pg));
}

function judgeSideUrl(name: UrlName, place: Place, pg: Place): Finding {
  const mend = `set it to ${rightUrl(name, pg)}.`;
  if (place.kind !== pg.kind || place.exposed) {
    return fail(name, `${place.origin} does not belong to the API at ${pg.origin}.`, mend);
  }
  const known = place.kind === "production" || place.kind === "sandbox";
  if (known && `${place.origin}${place.path}` !== rightUrl(name, pg)) {
    return fail(name, `${place.path || "/"} is not the ${place.kind} path of this.`, mend);
  }
  return ok(name, `${place.kind}, as the API.`);
}
