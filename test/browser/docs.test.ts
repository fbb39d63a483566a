import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stack } from "../e2e/scenario.ts";
import { SHOTS, startBrowser, type TestBrowser } from "./browser.ts";

const VIEWS = [
  ["desktop", { width: 1_280, height: 900 }],
  ["phone", { width: 390, height: 844 }],
] as const;

let browser: TestBrowser;

beforeEach(async () => {
  browser = await startBrowser();
});

afterEach(async () => {
  await browser.close();
});

async function openDocs(viewport: { width: number; height: number }): Promise<Page> {
  const page = await browser.open({ viewport, reducedMotion: "reduce" });
  const response = await page.goto(`${stack.gateway}/docs`);
  expect(response?.status()).toBe(200);
  return page;
}

function expectCleanBrowser(): void {
  browser.expectClean(new URL(stack.gateway).host);
}

describe.each(VIEWS)("the documentation on a %s", (name, viewport) => {
  it("HDR-2: is styled, and asks nobody for anything", async () => {
    const page = await openDocs(viewport);
    await page.screenshot({ path: `${SHOTS}/docs-${name}.png` });
    const lists = await page.$eval("nav.toc ul", (list) => getComputedStyle(list).listStyleType);
    expect(lists).toBe("none");
    // Nothing is cut off: wide tables scroll in themselves.
    const widths = await page.$eval("html", (html) => [html.scrollWidth, html.clientWidth]);
    expect(widths[0]).toBe(widths[1]);
    expectCleanBrowser();
  });

  it("API-9: the contents lead to an operation, its problem to a page of its own", async () => {
    const page = await openDocs(viewport);
    await page.click('nav.toc a[href="#initiatePayment"]');
    expect(new URL(page.url()).hash).toBe("#initiatePayment");
    await page.waitForFunction(() => {
      const top = document.querySelector("#initiatePayment")?.getBoundingClientRect().top ?? -1;
      return top >= 0 && top < innerHeight;
    });
    await page.screenshot({ path: `${SHOTS}/docs-operation-${name}.png` });
    await page.locator('a[href="/problems/state_conflict"]').first().click();
    await page.waitForURL(`${stack.gateway}/problems/state_conflict`);
    expect(await page.textContent("h1")).toBe("state_conflict");
    await page.screenshot({ path: `${SHOTS}/problem-${name}.png` });
    await page.click('a[href="/docs#problems"]');
    await page.waitForURL(`${stack.gateway}/docs#problems`);
    await page.screenshot({ path: `${SHOTS}/docs-problems-${name}.png` });
    expectCleanBrowser();
  });
});
