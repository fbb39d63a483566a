import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { booksOf } from "../e2e/books.ts";
import { SHOTS, startBrowser, type TestBrowser } from "./browser.ts";

const stack = inject("stack");
const books = booksOf(stack);

let browser: TestBrowser;
let page: Page;

beforeEach(async () => {
  browser = await startBrowser();
  page = await browser.open({ viewport: { width: 1_200, height: 900 } });
});

afterEach(async () => {
  await browser.close();
});

/** The shop and its pay page, and nothing else. */
function expectCleanBrowser(): void {
  browser.expectClean(new URL(stack.sandbox).host);
}

async function buy(mode: "iframe" | "redirect"): Promise<void> {
  await page.goto(`${stack.sandbox}/shop`);
  await page.check(`input[name=mode][value=${mode}]`);
  await page.click("#buy");
}

/** The pay page: inside the shop's frame, or on its own. */
function payPage(mode: "iframe" | "redirect") {
  return mode === "iframe" ? page.frameLocator("iframe") : page;
}

async function expectOutcome(name: string): Promise<void> {
  await page.waitForSelector(`main[data-outcome=${name}]`, { timeout: 30_000 });
}

function orderId(): string {
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

async function shot(name: string): Promise<void> {
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

describe("the demo shop in a real browser", () => {
  it("UAT-20: a paid order shows success, and is refunded to its end", async () => {
    await page.goto(`${stack.sandbox}/shop`);
    await shot("1-shop");
    await buy("iframe");
    await payPage("iframe").locator("#pay-success").waitFor();
    await shot("2-pay-page-in-frame");
    await payPage("iframe").locator("#pay-success").click();
    await expectOutcome("success");
    await shot("3-success");
    expect((await books.order(orderId())).captures).toHaveLength(1);
    await page.fill("#refund-amount", "100.50");
    await page.click("#refund");
    await page.waitForSelector("li[data-refund-state=COMPLETED]", { timeout: 40_000 });
    await shot("4-refunded");
    const { refunds } = await books.order(orderId());
    expect(refunds).toMatchObject([{ amountPaisa: 10_050, state: "COMPLETED" }]);
    expectCleanBrowser();
  });

  it("UAT-18, UAT-20: an order that failed shows failure, whatever the frame said", async () => {
    await books.switches({ cancelMode: "fail-order" });
    await buy("iframe");
    await payPage("iframe").locator("#pay-fail").click();
    await payPage("iframe").locator("#attempt-failed").waitFor();
    await payPage("iframe").locator("#pay-cancel").click();
    await expectOutcome("failure");
    await shot("5-failure");
    await books.switches({ cancelMode: "abandon" });
    expectCleanBrowser();
  });

  it("UAT-35: an order left pending shows pending, then success when the money comes", async () => {
    await buy("redirect");
    await page.locator("#pay-pending").waitFor();
    await shot("6-pay-page");
    await page.click("#pay-pending");
    await expectOutcome("pending");
    await shot("7-pending");
    await books.settle(orderId(), "success");
    await expectOutcome("success");
    expectCleanBrowser();
  });
});
