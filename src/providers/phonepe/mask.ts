import type { PaymentDetail } from "#payments";
import type { AttemptDetail } from "./schemas.ts";

/** What reconciliation and support need of a payer's attempt. All else of it stays at PhonePe (I10, IND-4). */
const RAIL_FIELDS = [
  "type",
  "utr",
  "upiTransactionId",
  "transactionId",
  "authorizationCode",
  "serviceTransactionId",
];
const INSTRUMENT_FIELDS = [
  "type",
  "maskedAccountNumber",
  "ifsc",
  "accountType",
  "bankId",
  "bankTransactionId",
  "arn",
  "brn",
  "geoScope",
  "cardNetwork",
  "maskedCardNumber",
];
/** These come masked by PhonePe; should one come whole, only its end is kept. */
const MASKED_FIELDS = new Set(["maskedAccountNumber", "maskedCardNumber"]);

type Loose = Readonly<Record<string, unknown>>;

/** Reduces an attempt of the status API to fields that name no person, and masks the payer's VPA. */
export function maskAttempt(detail: AttemptDetail): PaymentDetail {
  const { rail, instrument, splitInstruments, ...plain } = detail;
  return defined({
    ...plain,
    rail: rail && maskRail(rail),
    instrument: instrument && pick(instrument, INSTRUMENT_FIELDS),
    splitInstruments: splitInstruments?.map((part) =>
      defined({
        amount: part.amount,
        rail: part.rail && maskRail(part.rail),
        instrument: part.instrument && pick(part.instrument, INSTRUMENT_FIELDS),
      }),
    ),
  });
}

function maskRail(rail: Loose): PaymentDetail {
  const vpa = rail["vpa"];
  return { ...pick(rail, RAIL_FIELDS), ...(typeof vpa === "string" ? { vpa: maskVpa(vpa) } : {}) };
}

/** `9800000001@ybl` becomes `******01@ybl`: enough to recognise one's own. */
function maskVpa(vpa: string): string {
  const at = vpa.lastIndexOf("@");
  const name = at < 0 ? vpa : vpa.slice(0, at);
  const handle = at < 0 ? "" : vpa.slice(at, at + 32);
  return `******${name.length > 4 ? name.slice(-2) : ""}${handle}`;
}

function pick(source: Loose, names: readonly string[]): PaymentDetail {
  const kept: PaymentDetail = {};
  for (const name of names) {
    const value = Object.hasOwn(source, name) ? source[name] : undefined;
    if (typeof value !== "string") continue;
    kept[name] = MASKED_FIELDS.has(name) ? maskNumber(value) : value.slice(0, 64);
  }
  return kept;
}

function maskNumber(value: string): string {
  return `XXXX${value.slice(-4)}`;
}

function defined(
  source: Readonly<Record<string, PaymentDetail[string] | undefined>>,
): PaymentDetail {
  const kept: PaymentDetail = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
