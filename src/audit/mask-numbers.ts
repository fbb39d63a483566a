/** Numbers that name a card, a person or a telephone: by their length, their first digits and their check digit. */
import { hasLuhnDigit, hasVerhoeffDigit } from "./check-digits.ts";

/** Escapes of JSON and URLs: what stands behind one is not part of it. Blanks and hyphens may stand within a number. */
const ESCAPES = /(%(?!20|2[dD])[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[nrt"\\/])/;
const BETWEEN = /[ -]|%20|%2[dD]/;
const LONG_NUMBER = /(?<![0-9A-Za-z])\d(?:(?:[ -]|%20|%2[dD])?\d){11,}(?![0-9A-Za-z])/g;
const MOBILE =
  /(?<![0-9A-Za-z_*-])((?:\+?91|0091|0)[ -]?)?([6-9]\d{4}[ -]?\d{3})(?=\d{2}(?![0-9A-Za-z*]))/g;

/** Longest chain of groups that one number is looked for in. */
const GROUPS_MAX = 19;
const CARD_SHOWN = { first: 6, last: 4 } as const;
const AADHAAR_SHOWN = { first: 0, last: 4 } as const;

export function maskNumbers(text: string): string {
  return text
    .split(ESCAPES)
    .map((part) =>
      ESCAPES.test(part) ? part : part.replace(LONG_NUMBER, maskLong).replace(MOBILE, hideMobile),
    )
    .join("");
}

function hideMobile(_match: string, country = "", hidden = ""): string {
  return country + hidden.replaceAll(/\d/g, "*");
}

interface Shown {
  readonly first: number;
  readonly last: number;
}

/** A number may stand among others: every chain of its groups is tried, the longest first. */
function maskLong(number: string): string {
  const groups = number.split(BETWEEN);
  const separators = number.match(new RegExp(BETWEEN, "g")) ?? [];
  for (let start = 0; start < groups.length; start += 1) {
    const endMax = Math.min(groups.length, start + GROUPS_MAX);
    for (let end = endMax; end > start; end -= 1) {
      const shown = shownOf(groups.slice(start, end).join(""));
      if (shown) hideDigits(groups, { start, end }, shown);
    }
  }
  return groups.map((group, index) => group + (separators[index] ?? "")).join("");
}

function hideDigits(
  groups: string[],
  { start, end }: { readonly start: number; readonly end: number },
  { first, last }: Shown,
): void {
  const { length } = groups.slice(start, end).join("");
  let at = 0;
  for (let index = start; index < end; index += 1) {
    groups[index] = (groups[index] ?? "").replaceAll(/./g, (digit) => {
      const isShown = at < first || at >= length - last;
      at += 1;
      return isShown ? digit : "*";
    });
  }
}

/** How much of a number that names somebody may be shown; `undefined` for all other numbers. */
function shownOf(digits: string): Shown | undefined {
  if (!/^\d{12,19}$/.test(digits)) return undefined;
  if (isCard(digits)) return CARD_SHOWN;
  if (/^[2-9]\d{11}$/.test(digits) && hasVerhoeffDigit(digits)) return AADHAAR_SHOWN;
  return undefined;
}

/** First digits of the networks in use: 2 to 6, and 8 (RuPay); 13 digits are old Visa cards. */
function isCard(digits: string): boolean {
  const form = digits.length === 13 ? /^4/ : /^[2-68]/;
  return digits.length >= 13 && form.test(digits) && hasLuhnDigit(digits);
}
