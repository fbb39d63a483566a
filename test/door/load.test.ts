import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOAD_LIMITS, makeLoad } from "#door";

const CLASSES = ["security", "read", "refund", "initiate"] as const;

describe("load shedding", () => {
  it("design: reads and operators give way before refunds, and these before new payments", () => {
    const limits = CLASSES.map((name) => LOAD_LIMITS[name]);
    expect(limits).toEqual(limits.toSorted((a, b) => a - b));
    expect(new Set(limits).size).toBe(limits.length);
  });

  it("at a load that refuses reads a payment still comes in", () => {
    const load = makeLoad({ security: 1, read: 2, refund: 3, initiate: 4 });
    expect([load.enter("read"), load.enter("read"), load.enter("read")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([load.enter("security"), load.enter("refund"), load.enter("refund")]).toEqual([
      false,
      true,
      false,
    ]);
    expect([load.enter("initiate"), load.enter("initiate")]).toEqual([true, false]);
    load.leave();
    expect([load.enter("read"), load.enter("initiate")]).toEqual([false, true]);
  });

  it("never more are under way than the class let in last allows, whatever comes and goes", () => {
    const limits = { security: 2, read: 4, refund: 6, initiate: 9 };
    const event = fc.constantFrom(...CLASSES, "leave" as const);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const load = makeLoad(limits);
        let underWay = 0;
        const wrong = events.filter((one) => {
          if (one === "leave") {
            if (underWay > 0) load.leave();
            underWay = Math.max(0, underWay - 1);
            return false;
          }
          const hasRoom = underWay < limits[one];
          const entered = load.enter(one);
          if (entered) underWay += 1;
          return entered !== hasRoom;
        });
        expect(wrong).toEqual([]);
      }),
    );
  });
});
