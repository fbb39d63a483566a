/** A real browser for a test, and what it complained of. */
import { mkdir } from "node:fs/promises";
import chromium from "@sparticuz/chromium";
import { type BrowserContextOptions, chromium as playwright, type Page } from "playwright-core";
import { expect } from "vitest";

export const SHOTS = "test/browser/screenshots";

export interface TestBrowser {
  /** A page that is listened to from its first request on. */
  open(options: BrowserContextOptions): Promise<Page>;
  /** No error, no warning, no CSP violation, no host (with its port) but these. */
  expectClean(...hosts: readonly string[]): void;
  close(): Promise<void>;
}

/** One browser a test: this build of Chromium runs in one process, which goes with its last page. */
export async function startBrowser(): Promise<TestBrowser> {
  await mkdir(SHOTS, { recursive: true });
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      ...chromium.args,
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const complaints: string[] = [];
  const asked = new Set<string>();
  return {
    async open(options) {
      const page = await browser.newPage(options);
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => asked.add(new URL(request.url()).host));
      return page;
    },
    expectClean(...hosts) {
      expect(complaints).toEqual([]);
      expect([...asked].toSorted()).toEqual(hosts.toSorted());
    },
    close: () => browser.close(),
  };
}
