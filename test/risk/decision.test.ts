import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS, RULE_IDS } from "#base";
import {
  assessPayment,
  emptyProfile,
  emptySurprise,
  type KeyView,
  type Model,
  noteOutcome,
  observe,
  referenceModel,
  type RiskSettings,
  type Views,
} from "#risk";

const AT_MS = Date.UTC(2027, 0, 10, 10);
const NOTHING_KNOWN = { views: {}, models: {}, surprise: undefined };
const payment = (more = {}) => ({
  atMs: AT_MS,
  amountPaisa: 49_900,
  customerId: "cust_1",
  fingerprint: "f1",
  released: false,
  ...more,
});
const settings = (more: Partial<RiskSettings> = {}): RiskSettings => ({
  mode: "enforce",
  blockCustomers: [],
  ...more,
});

let reference: Model;
beforeAll(async () => {
  reference = await referenceModel();
});

/** A device that declined again and again, for several customers. */
function badDevice(): Views {
  const device = emptyProfile("device", AT_MS);
  let view = observe(device, { paymentHash: 0, atMs: AT_MS, amountPaisa: 100, customer: 0 });
  for (let n = 1; n < 12; n += 1) {
    const atMs = AT_MS - MINUTE_MS + n;
    view = observe(device, { paymentHash: n, atMs, amountPaisa: 100, customer: n });
    noteOutcome(device, { kind: "declined", paymentHash: n, paidAtMs: atMs, atMs });
  }
  view = observe(device, { paymentHash: 99, atMs: AT_MS, amountPaisa: 100, customer: 99 });
  return { device: view };
}

describe("the lists of a merchant", () => {
  it.each([
    ["enforce", { score: 100, decision: "block", reasons: ["customer_blocked"] }],
    ["shadow", { score: 100, decision: "allow", advice: "block", reasons: ["customer_blocked"] }],
    ["off", { score: 0, decision: "allow", advice: "allow", reasons: [] }],
  ] as const)("api.md 8: in mode %s a blocked customer is %j", (mode, expected) => {
    const config = settings({ mode, blockCustomers: ["cust_0", "cust_1"] });
    expect(assessPayment(config, payment(), NOTHING_KNOWN)).toMatchObject(expected);
  });

  it.each(["cust_3", "CUST_1", "cust_1 ", "", undefined])(
    "api.md 8: the customer %j is not on the list",
    (customerId) => {
      const config = settings({ blockCustomers: ["cust_1", "cust_2"] });
      expect(assessPayment(config, payment({ customerId }), NOTHING_KNOWN)).toMatchObject({
        score: 0,
        decision: "allow",
        reasons: [],
      });
    },
  );

  it("23: a blocked device is blocked whoever pays", () => {
    const config = settings({ blockDevices: ["f1"] });
    expect(assessPayment(config, payment(), NOTHING_KNOWN).decision).toBe("block");
  });

  it("23: an allowed or released customer is not blocked by a score, but by the list", () => {
    const known = { ...NOTHING_KNOWN, views: badDevice() };
    expect(assessPayment(settings(), payment(), known).decision).toBe("block");
    const allowed = settings({ allowCustomers: ["cust_1"] });
    expect(assessPayment(allowed, payment(), known).decision).toBe("allow");
    expect(assessPayment(settings(), payment({ released: true }), known).decision).toBe("allow");
    const listed = settings({ blockCustomers: ["cust_1"] });
    expect(assessPayment(listed, payment({ released: true }), known).decision).toBe("block");
  });
});

describe("the rules of a merchant", () => {
  it("feature 12: a rule that is switched off or has another threshold is not hit", () => {
    const known = { ...NOTHING_KNOWN, views: badDevice() };
    const before = assessPayment(settings(), payment(), known);
    const off = RULE_IDS.map((id) => ({ id, threshold: 1, weight: 50, enabled: false }));
    expect(assessPayment(settings({ rules: off }), payment(), known).score).toBe(0);
    const one = { id: "device_declines_10m", threshold: 1_000, weight: 30, enabled: true } as const;
    expect(assessPayment(settings({ rules: [one] }), payment(), known).score).toBeLessThan(
      before.score,
    );
  });
});

describe("what a model may do", () => {
  const certain = (): Model => ({
    ...reference,
    calibration: { raws: [0], probabilities: [0.99] },
  });

  /** A customer and a merchant that have been seen before. */
  function knownKeys(payments = 60): Views {
    const [customer, merchant] = [emptyProfile("customer", 0), emptyProfile("merchant", 0)];
    const views: { customer?: KeyView; merchant?: KeyView } = {};
    for (let n = 1; n <= payments + 1; n += 1) {
      const event = { paymentHash: n, atMs: AT_MS - (payments - n) * DAY_MS, amountPaisa: 50_000 };
      views.customer = observe(customer, event);
      views.merchant = observe(merchant, event);
    }
    return views;
  }
  const onlyMerchant = ({ merchant }: Views): Views => (merchant ? { merchant } : {});
  const known = (views = knownKeys()) => ({
    ...NOTHING_KNOWN,
    views,
    models: { reference: certain() },
  });

  it("23: a model alone sends to review; that it may block is the merchant's decision", () => {
    expect(assessPayment(settings(), payment(), known()).decision).toBe("review");
    const trusted = settings({ modelMayBlock: true });
    expect(assessPayment(trusted, payment(), known()).decision).toBe("block");
    const shadow = settings({ mode: "shadow" });
    expect(assessPayment(shadow, payment(), known())).toMatchObject({
      decision: "allow",
      advice: "review",
    });
  });

  it("12: a shadow model is told beside and changes nothing", () => {
    const without = assessPayment(settings({ model: "none" }), payment(), known());
    const config = settings({ model: "none", shadowModel: "reference" });
    const { shadow, ...active } = assessPayment(config, payment(), known());
    expect(shadow).toEqual({ score: 99, advice: "block" });
    expect({ ...active, shadow: null }).toEqual(without);
  });

  it.each([
    ["an unknown customer", onlyMerchant(knownKeys())],
    ["a merchant that begins", knownKeys(40)],
    ["nothing", {}],
  ])("12: of %s the model says nothing", (_, views) => {
    expect(assessPayment(settings(), payment(), known(views)).score).toBe(0);
  });

  it("12: before anything is learned nothing surprises", () => {
    const knowledge = { ...NOTHING_KNOWN, surprise: emptySurprise() };
    expect(assessPayment(settings(), payment(), knowledge).score).toBe(0);
  });
});
