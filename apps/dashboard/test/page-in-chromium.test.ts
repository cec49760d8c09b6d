// SPDX-License-Identifier: Apache-2.0
/** The page as people see it: in a real browser, against a real service. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyEvidence } from "@zeta/client";
import type { ServiceConfig } from "@zeta/service/serve";
import type { Browser, Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildPage } from "./support/built-page.ts";
import { hasChromium, startChromium } from "./support/chromium.ts";
import { started } from "./support/services.ts";

const folder = mkdtempSync(join(tmpdir(), "zeta-chromium-"));
let browser: Browser;
let built: Awaited<ReturnType<typeof buildPage>>;

beforeAll(async () => {
  if (!hasChromium) return;
  [browser, built] = await Promise.all([startChromium(), buildPage()]);
});

afterAll(async () => {
  await browser?.close();
  built?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page of a service of its own. Whatever the browser complains about fails the test that says so. */
async function opened(config: ServiceConfig & { readonly threads?: 1 } = {}) {
  const service = await started({ page: built.directory, ...config });
  const page = await browser.newPage();
  // A browser on a machine that does something else, too.
  page.setDefaultTimeout(60_000);
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`${service.url}/`)) elsewhere.push(request.url());
  });
  await page.goto(service.url);
  await seen(page, "header .state.good");
  return { service, page, complaints, elsewhere };
}

const seen = (page: Page, selector: string) => page.locator(selector).first().waitFor();

async function kept(download: Download): Promise<string> {
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

/** Presses a lie's button and waits until the page says what it found. */
async function lie(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name, exact: true }).click();
  await seen(page, ".caught");
  return page.locator(".caught").innerText();
}

async function saveEvidence(page: Page): Promise<string> {
  const download = page.waitForEvent("download");
  await page.locator(".caught").getByRole("button", { name: "Download evidence" }).click();
  return kept(await download);
}

describe.runIf(hasChromium)("in Chromium", { timeout: 120_000 }, () => {
  test("what is asked is provisional, then certified, and its report can be read", async () => {
    const { complaints, elsewhere, page, service } = await opened({ epochMs: null });
    expect(await page.locator("header").innerText()).toContain("SIMULATED TEE");
    expect(await page.locator("header").innerText()).toContain("known to this release");
    await page.getByRole("button", { name: "Put" }).click();
    await seen(page, ".answer.provisional");
    await service.engine.closeEpoch();
    await seen(page, ".answer.certified");
    await page.getByRole("button", { name: "Get" }).click();
    const answer = page.locator(".answer").first();
    await seen(page, ".answer.provisional");
    await service.engine.closeEpoch();
    await answer.locator(".state.good").waitFor();
    expect(await answer.innerText()).toMatch(/get "alice".*"100".*certified/s);
    await answer.locator("summary").click();
    const report = await answer.locator(".report").innerText();
    for (const label of ["quote", "binding", "certificate", "chain", "receipt", "answer bound"]) {
      expect(report).toContain(label);
    }
    expect(report).toContain("not proved");
    expect(await page.locator(".figures").innerText()).toMatch(/median of 2 answers/);
    expect(await page.locator(".standing").textContent()).toBe("");
    expect([complaints, elsewhere]).toEqual([[], []]);
  });

  test("a value that was tampered with is caught, and its evidence convinces others", async () => {
    const { page } = await opened({ allowAttacks: true });
    const found = await lie(page, "tamper");
    expect(found).toMatch(/CAUGHT tamper/);
    expect(found).toContain("A.hash of the monitor");
    const path = await saveEvidence(page);
    const verdict = await verifyEvidence(JSON.parse(readFileSync(path, "utf8")), {
      simulation: true,
    });
    expect(verdict).toMatchObject({ verdict: "violation", check: "A.hash" });
    await page.getByLabel("Evidence file").setInputFiles(path);
    await seen(page, ".judged .report");
    expect(await page.locator(".judged").innerText()).toMatch(/violation.*A\.hash/s);
    expect(await page.locator(".standing").innerText()).toContain("npm start -- --allow-attacks");
    expect(await page.getByRole("button", { name: "Put" }).isDisabled()).toBe(true);
  });

  test("a lie that only the receipt gives away, then one after a fresh start", async () => {
    const { complaints, page } = await opened({ allowAttacks: true });
    expect(await lie(page, "stale-read, honest-log")).toContain("answer_mismatch of this page");
    await page.getByRole("button", { name: "fork", exact: true }).click();
    await page.getByText("CAUGHT fork").waitFor();
    expect(await page.locator(".standing").innerText()).toContain("Another instance answers");
    await page.getByRole("button", { name: "Start over with what answers now" }).click();
    await seen(page, "header .state.good");
    await page.getByRole("button", { name: "Get" }).click();
    await seen(page, ".answer:first-child.certified");
    expect(complaints).toEqual([]);
  });

  test("a file that is dropped is judged, whatever is in it", async () => {
    const { page } = await opened();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['{"format": "zeta.evidence"}'], "dropped.json"));
      const zone = document.querySelector(".drop");
      zone?.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    });
    await seen(page, ".judged .report");
    expect(await page.locator(".judged").innerText()).toMatch(/rejected.*dropped\.json/s);
  });

  test("what is accepted is for the reader to say", async () => {
    const { complaints, page } = await opened();
    const details = page.locator(".accepted");
    await details.locator("summary").click();
    const choose = async (name: string, text: string) => {
      const file = { name, mimeType: "text/yaml", buffer: Buffer.from(text) };
      await page.getByLabel("Policy").setInputFiles(file);
      await page.getByRole("button", { name: "Accept what this policy says" }).click();
    };
    await choose("broken.yaml", "version: 9\n");
    await details.getByRole("alert").waitFor();
    expect(await details.getByRole("alert").innerText()).toContain("version");
    await choose("mine.yaml", "version: 1\nallowSimulation: false\n");
    await page.getByRole("heading", { name: "This service is not accepted" }).waitFor();
    expect(await details.locator("summary").innerText()).toContain("what mine.yaml says");
    await page.locator(".standing summary").click();
    expect(await page.locator(".standing").innerText()).toContain("simulated");
    await page.getByRole("button", { name: "Accept simulated quotes again" }).click();
    await seen(page, "header .state.good");
    expect(complaints).toEqual([]);
  });

  test("an honest service's page says how to start one that lies", async () => {
    const { page } = await opened();
    expect(await page.locator(".panel.lies").innerText()).toContain("--allow-attacks");
    expect(await page.locator(".panel.lies button").count()).toBe(0);
  });

  test("says when the service is gone", async () => {
    const { page, service } = await opened();
    await service.close();
    await page.getByRole("heading", { name: "The service does not answer" }).waitFor();
  });

  test("fits a narrow screen, and is worked by keys alone", async () => {
    const { page } = await opened({ allowAttacks: true });
    await page.setViewportSize({ width: 360, height: 740 });
    const widths = () => [document.documentElement.scrollWidth, innerWidth] as const;
    const [wide, seenWidth] = await page.evaluate(widths);
    expect(wide).toBeLessThanOrEqual(seenWidth);
    await page.getByLabel("Key", { exact: true }).focus();
    await page.keyboard.press("Enter");
    await seen(page, ".answer.certified");
    for (const control of await page.locator("input, select, textarea").all()) {
      const labels = await control.evaluate((one) => (one as HTMLInputElement).labels?.length);
      expect(labels).toBe(1);
    }
  });
});
