/** What a browser or client library says it is, without its versions: an update is the same device. */

/** A longer user agent is nobody's; what is behind is not looked at. */
const CHARACTERS_MAX = 512;

/** `Chrome/131.0`, `Build/TP1A.220624.014`, `okhttp/5.0.0-alpha.14`: all behind the slash. */
const PRODUCT_VERSION = /\/[^\s;()]*/g;
/** `10_15_7`, `17.5`, `v18.2.0`, standing alone: in `SM-G991B` the digits are the model. */
const DOTTED_VERSION = /(?<![\w.])v?\d+(?:[._]\d+)+(?!\w)/g;
/** `Android 14`, `iOS 18`: after a system only, since in `Pixel 8` the number is the model. */
const SYSTEM_VERSION = /\b(Android|Windows|NT|Tizen|\w*OS(?: X)?) \d+(?!\w)/g;

export function userAgentFamily(userAgent: string): string {
  return userAgent
    .slice(0, CHARACTERS_MAX)
    .replaceAll(PRODUCT_VERSION, "")
    .replaceAll(DOTTED_VERSION, "")
    .replaceAll(SYSTEM_VERSION, "$1")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ (?=[;)]|$)/g, "");
}

/** The brands of `sec-ch-ua`, sorted: browsers shuffle them, and put in one of no meaning (GREASE), at every release. */
export function brandsOf(header: string): readonly string[] {
  const quoted = header.slice(0, CHARACTERS_MAX).matchAll(/"((?:[^"\\]|\\.)*)"\s*;\s*v=/g);
  const brands = [...quoted].map(([, brand = ""]) => brand);
  return brands.filter((brand) => !isGrease(brand)).toSorted();
}

/** `Not_A Brand`, `Not/A)Brand`, `;Not A Brand` and the like. */
function isGrease(brand: string): boolean {
  return brand.replaceAll(/[^a-z]/gi, "").toLowerCase() === "notabrand";
}
