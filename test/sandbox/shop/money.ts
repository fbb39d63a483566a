/** Rupees for people, paisa for machines. No amount is ever a fraction. */

const RUPEES_FORM = /^([0-9]{1,9})(?:\.([0-9]{1,2}))?$/;
const GROUPED = new Intl.NumberFormat("en-IN");

/** `₹1,24,999.00`: Indian grouping, always two decimals. */
export function formatRupees(amountPaisa: number): string {
  const rupees = Math.trunc(amountPaisa / 100);
  const paisa = String(amountPaisa % 100).padStart(2, "0");
  return `₹${GROUPED.format(rupees)}.${paisa}`;
}

/** Paisa of what a person typed: digits, grouping commas, at most two decimals. Undefined: no amount. */
export function parseRupees(typed: string): number | undefined {
  const match = RUPEES_FORM.exec(typed.trim().replace(/^₹\s*/, "").replaceAll(",", ""));
  if (match === null) return undefined;
  const [, rupees = "", decimals = ""] = match;
  return Number(rupees) * 100 + Number(decimals.padEnd(2, "0"));
}
