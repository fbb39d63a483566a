import type { Attempt } from "./schema.ts";

export const INSTRUMENTS = ["UPI", "CARD", "NET_BANKING"] as const;
export type Instrument = (typeof INSTRUMENTS)[number];

export type Failure = { errorCode: string; detailedErrorCode: string };

type Facts = { paymentMode: string; failure: Failure; source: string; description: string };

/** How each way of paying shows up in attempts, and how it fails (contract 7.3). */
export const INSTRUMENT_FACTS: Record<Instrument, Facts> = {
  UPI: {
    paymentMode: "UPI_QR",
    failure: { errorCode: "INVALID_MPIN", detailedErrorCode: "ZM" },
    source: "CUSTOMER",
    description: "The customer typed a wrong UPI PIN",
  },
  CARD: {
    paymentMode: "CARD",
    failure: {
      errorCode: "AUTHENTICATION_FAILED",
      detailedErrorCode: "AUTHENTICATION_FAILED",
    },
    source: "ISSUING_BANK",
    description: "The card's bank did not confirm the customer",
  },
  NET_BANKING: {
    paymentMode: "NET_BANKING",
    failure: { errorCode: "TRANSACTION_DECLINED", detailedErrorCode: "BANK_ERROR" },
    source: "ISSUING_BANK",
    description: "The bank declined the payment",
  },
};

export const EXPIRED: Failure = {
  errorCode: "TXN_NOT_COMPLETED",
  detailedErrorCode: "ORDER_EXPIRED",
};
export const CANCELLED: Failure = {
  errorCode: "TXN_CANCELLED",
  detailedErrorCode: "ORDER_CANCELLED_BY_USER",
};

/** `rail` and `instrument` of money that moved. Made up, yet the same whenever the same attempt is shown. */
export function railOf(paymentMode: string, id: string): { rail: object; instrument: object } {
  const digits = id.replaceAll(/\D/g, "");
  if (paymentMode === "CARD") return { rail: cardRail(digits), instrument: card(digits) };
  if (paymentMode === "NET_BANKING") {
    return {
      rail: cardRail(digits),
      instrument: {
        type: "NET_BANKING",
        bankTransactionId: `bt${digits.slice(0, 12)}`,
        bankId: "ICIC",
        arn: "",
        brn: "",
      },
    };
  }
  return {
    rail: {
      type: "UPI",
      utr: digits.slice(-12),
      upiTransactionId: `YBL${digits.padEnd(32, "0").slice(0, 32)}`,
      vpa: "98******01@ybl",
    },
    instrument: {
      type: "ACCOUNT",
      maskedAccountNumber: "XXXXXXXX4321",
      ifsc: "ICIC0000001",
      accountHolderName: "Asha Rao",
      accountType: "SAVINGS",
    },
  };
}

/** Who is to blame, for `errorContext=true`. */
export function blameFor(
  failure: Failure,
  attempt: Attempt | undefined,
): { source: string; stage: string; description: string } {
  if (failure.detailedErrorCode === EXPIRED.detailedErrorCode) {
    return {
      source: "CUSTOMER",
      stage: "PRE_AUTHENTICATION",
      description: "The order ran out unpaid",
    };
  }
  if (failure.errorCode === CANCELLED.errorCode) {
    return {
      source: "CUSTOMER",
      stage: "PRE_AUTHENTICATION",
      description: "The customer cancelled",
    };
  }
  const facts = Object.values(INSTRUMENT_FACTS).find(
    (candidate) => candidate.paymentMode === attempt?.paymentMode,
  );
  return {
    source: facts?.source ?? "UNKNOWN",
    stage: "AUTHENTICATION",
    description: facts?.description ?? "The payment failed",
  };
}

function cardRail(digits: string): object {
  return {
    type: "PG",
    transactionId: `pg${digits.slice(0, 14)}`,
    authorizationCode: `A${digits.slice(-5)}`,
    serviceTransactionId: `PG${digits}`,
  };
}

function card(digits: string): object {
  return {
    type: "CREDIT_CARD",
    bankTransactionId: `bt${digits.slice(0, 12)}`,
    bankId: "ICIC",
    arn: `7400${digits.padEnd(19, "0").slice(0, 19)}`,
    brn: `brn${digits.slice(-4)}`,
    geoScope: "DOMESTIC",
    cardNetwork: "VISA",
    maskedCardNumber: "420858XXXXXX6667",
  };
}
