/** What a caller wants signed (RFC 9421 5.1). Pure; trusts nothing of the field, and never throws. */
import { isInnerList, type InnerList, type Item, parseDictionary } from "structured-headers";

/** No honest wish comes near: more is ignored unread (API-4). */
const FIELD_CHARS_MAX = 8_192;
const LABEL_CHARS_MAX = 64;
/** What is echoed: base64 and words, nothing that could break a quote or a log line. */
const SAFE_ECHO = /^[A-Za-z0-9+/=_.:-]{1,128}$/;

/** One covered component, e.g. `"signature";req;key="sig1"`. */
export interface Component {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string | true>>;
}

/** One member of `Accept-Signature`, all of which can be met. */
export interface Wish {
  readonly label: string;
  readonly components: readonly Component[];
  readonly expires: boolean;
  /** What stands in the signature as it was asked. */
  readonly echo: Readonly<Record<string, string>>;
}

/** What can be given. */
export interface Offer {
  readonly components: readonly Component[];
  readonly keyId: string;
  readonly algorithm: string;
}

/** The first member that the offer meets in full; the others are ignored, as is a field that does not parse. */
export function firstWish(field: string, offer: Offer): Wish | undefined {
  if (field.length > FIELD_CHARS_MAX) return undefined;
  let members: ReturnType<typeof parseDictionary>;
  try {
    members = parseDictionary(field);
  } catch {
    return undefined; // Not a structured dictionary (RFC 9651): a hint that says nothing.
  }
  for (const [label, member] of members) {
    const wish = isInnerList(member) ? wishOf(label, member, offer) : undefined;
    if (wish) return wish;
  }
  return undefined;
}

/** The same for two spellings of one component: the order of its parameters does not count (RFC 9421 2). */
export function identityOf({ name, parameters }: Component): string {
  const sorted = Object.entries(parameters).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([name, sorted]);
}

function wishOf(label: string, [items, asked]: InnerList, offer: Offer): Wish | undefined {
  if (label.length > LABEL_CHARS_MAX || !parametersFit(asked, offer)) return undefined;
  const components = items.map(componentOf).filter((component) => component !== undefined);
  const identities = new Set(components.map(identityOf));
  const offered = new Set(offer.components.map(identityOf));
  // One that is none, stands twice or cannot be given: the set would not be the one that was asked.
  if (identities.size !== items.length || !identities.isSubsetOf(offered)) return undefined;
  const echo: Record<string, string> = {};
  for (const name of ["nonce", "tag"]) {
    const value = asked.get(name);
    if (typeof value === "string") echo[name] = value;
  }
  return { label, components, expires: asked.has("expires"), echo };
}

function componentOf([name, parameters]: Item): Component | undefined {
  if (typeof name !== "string") return undefined;
  const known: Record<string, string | true> = {};
  for (const [key, value] of parameters) {
    if (value !== true && typeof value !== "string") return undefined;
    known[key] = value;
  }
  return { name, parameters: known };
}

/** `created` and `expires` are asked for as flags, the others by value; one that we do not know cannot be met. */
function parametersFit(asked: InnerList[1], { keyId, algorithm }: Offer): boolean {
  return [...asked].every(([name, value]) => {
    switch (name) {
      case "created":
      case "expires":
        return value === true;
      case "alg":
        return value === algorithm;
      case "keyid":
        return value === keyId;
      case "nonce":
      case "tag":
        return typeof value === "string" && SAFE_ECHO.test(value);
      default:
        return false;
    }
  });
}
