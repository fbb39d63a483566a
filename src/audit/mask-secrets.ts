/** Secrets in text: by the name before them, or by a form that only secrets have. */
export const MASKED = "***";

const NAMES =
  "[\\w-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|(?:salt|api|hmac|private|signing|master)[_-]?keys?)" +
  "|(?:upi|m|t|card|atm)?[_-]?pin|cv[vc]2?|otp";
const IS_SECRET_NAME = new RegExp(`^(?:${NAMES}|${lineNames()})$`, "i");

const QUOTE = `(?:%22|\\\\?["'])`;
const QUOTED = `%22.*?(?:%22|$)|\\\\".*?(?:\\\\"|$)|"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?`;
const BARE = `[^\\s,;&"'}\\]]+`;
const NAMED = new RegExp(
  `(?<![A-Za-z0-9])((?:${NAMES})${QUOTE}?\\s*(?:[:=]|%3A|%3D)\\s*)(?:${QUOTED}|${BARE})`,
  "gi",
);
/** Fields whose value goes on to the end of the line. */
const LINE = new RegExp(
  `(?<![A-Za-z0-9])((?:${lineNames()})${QUOTE}?\\s*(?:[:=]|%3A|%3D)\\s*)(?:${QUOTED}|[^\\r\\n]+)`,
  "gi",
);

/** What gives itself away. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASKED],
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){2,4}/g, MASKED],
  [/(:\/\/)[^\s/@]{1,256}@/g, `$1${MASKED}@`],
  [/\b((?:O-)?Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${MASKED}`],
  [/\b(?:gw_(?:live|test)|whsec|rzp_(?:live|test))_[\w+/=-]{8,}/g, MASKED],
];

/** Whether what stands under this name is a secret, whatever it is. */
export function isSecretName(name: string): boolean {
  return IS_SECRET_NAME.test(name);
}

/** The text without its secrets; names and quotes stay. */
export function maskSecrets(text: string): string {
  const known = FORMS.reduce((masked, [form, instead]) => masked.replace(form, instead), text);
  return known.replace(LINE, maskQuoted).replace(NAMED, maskQuoted);
}

/** Keeps the quotes of a value, so that JSON stays JSON. */
function maskQuoted(match: string, before: string): string {
  const [open = ""] = /^(?:%22|\\?["'])/.exec(match.slice(before.length)) ?? [];
  return `${before}${open}${MASKED}${open}`;
}

function lineNames(): string {
  return "(?:proxy-)?authorization|(?:set-)?cookie|x-verify|x-signature";
}
