import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditEvent } from "#base";
import { maskEvent, maskText } from "#audit";
import negatives from "../vectors/personal-data-negatives.json" with { type: "json" };
import positives from "../vectors/personal-data-positives.json" with { type: "json" };

const EVENT: AuditEvent = {
  id: "evt-1",
  atMs: 1_795_600_000_000,
  actor: { type: "api_key", id: "ak_alpha" },
  action: "payment.state_changed",
  object: { type: "payment", id: "order-1001" },
  outcome: "success",
  requestId: "req_1",
  address: "203.0.113.7",
  details: {},
};
const digitsOf = (text: string) => text.replaceAll(/\D/g, "");
/** How many digits may stay, by kind: an end of the number, or what stands behind the `@`. */
const SHOWN: Readonly<Record<string, number>> = {
  card: 10,
  aadhaar: 4,
  mobile: 4,
  account: 4,
  gstin: 1,
  "pan-card": 1,
};

describe("maskText", () => {
  it.each(positives.vectors)("I10: $id, $kind in $text", ({ kind, secret, text }) => {
    const masked = maskText(text);
    expect(masked).not.toContain(secret);
    const shown = SHOWN[kind] ?? 0;
    const hidden = digitsOf(text).length - digitsOf(masked).length;
    // PCI-3.4.1: no more of the number is left.
    expect(hidden).toBeGreaterThanOrEqual(digitsOf(secret).length - shown);
  });

  it.each(negatives.vectors)("I10: $id, $kind stays: $text", ({ text }) => {
    expect(maskText(text)).toBe(text);
  });

  it("I10: what is masked is masked once and for all", () => {
    for (const { text } of positives.vectors) expect(maskText(maskText(text))).toBe(maskText(text));
  });

  it("I10: a vector is found within other text too", () => {
    const word = fc.stringMatching(/^[a-z ,.;(]{0,12}$/);
    fc.assert(
      fc.property(fc.constantFrom(...positives.vectors), word, word, (vector, before, after) => {
        const masked = maskText(`${before} ${vector.text} ${after}`);
        expect(masked).not.toContain(vector.secret);
      }),
    );
  });

  it("PCI-3.4.1: cards of every length keep six and four digits", () => {
    const digits = fc.tuple(
      fc.constantFrom("4", "51", "37", "36", "60", "81", "2221"),
      fc.stringMatching(/^\d{18}$/),
      fc.constantFrom(14, 15, 16, 17, 18, 19),
    );
    fc.assert(
      fc.property(digits, fc.constantFrom("", " ", "-"), ([start, rest, length], between) => {
        const card = withLuhn(`${start}${rest}`.slice(0, length - 1));
        const spelled = (card.match(/.{1,4}/g) ?? []).join(between);
        const masked = digitsOf(maskText(`paid with ${spelled} today`));
        expect(masked).toBe(card.slice(0, 6) + card.slice(-4));
      }),
    );
  });

  it("API-4: long texts of one kind take no long time", () => {
    for (const piece of ["4 ", "a", "a@", "eyJ", "token", "%22", '\\"', "-----BEGIN ", "1", "A-"]) {
      const beganMs = Date.now();
      maskText(piece.repeat(16_000 / piece.length));
      expect(Date.now() - beganMs).toBeLessThan(1_500);
    }
  });
});

describe("maskEvent", () => {
  it("I10: an event of ours stays as it is", () => {
    const details = {
      from: "PENDING",
      to: "COMPLETED",
      amountPaisa: 49_900,
      changed: ["/routing"],
    };
    expect(maskEvent({ ...EVENT, details })).toEqual({ ...EVENT, details });
  });

  it("I10: no vector comes through, wherever it stands", () => {
    for (const { text, secret } of positives.vectors) {
      const id = text.slice(0, 200);
      const details = { note: text, list: [text, { inner: text }], [text]: 1 };
      const masked = maskEvent({ ...EVENT, id, requestId: id, object: { type: "x", id }, details });
      expect(unescaped(masked)).not.toContain(secret);
    }
  });

  it("I10: what stands under a secret's name is masked, whatever it is", () => {
    const details = {
      password: "x",
      apiKey: { nested: "y" },
      access_token: ["z"],
      upiPin: 1234,
      accountNumber: "335711746332",
      cardNumber: 4_111_111_111_111_111,
      deep: { accountNumber: 335_711_746_332 },
    };
    expect(maskEvent({ ...EVENT, details }).details).toEqual({
      password: "***",
      apiKey: "***",
      access_token: "***",
      upiPin: "***",
      accountNumber: "********6332",
      cardNumber: "411111******1111",
      deep: { accountNumber: "********6332" },
    });
  });
});

function unescaped(value: unknown): string {
  return JSON.stringify(value).replaceAll("\\n", "\n").replaceAll("\\", "");
}

function withLuhn(digits: string): string {
  const sum = digits
    .split("")
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = index % 2 === 0 ? 2 * Number(digit) : Number(digit);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
