// SPDX-License-Identifier: Apache-2.0
/** Pages of other sites, in a real browser: what a stranger's can do (nothing), and what one that the operator lists can do. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hasChromium, startChromium } from "./support/chromium.ts";
import { foreignSite } from "./support/foreign-site.ts";
import { started } from "./support/services.ts";

const README = fileURLToPath(new URL("../../../packages/client/README.md", import.meta.url));
const DOCUMENTED = "http://127.0.0.1:7070";
const LOOPBACK = { host: "127.0.0.1", port: 0 };

let browser: Browser;

beforeAll(async () => {
  // The stranger's name points to this machine, as it can on the stranger's name server.
  if (hasChromium) browser = await startChromium("--host-resolver-rules=MAP evil.test 127.0.0.1");
});
afterAll(() => browser?.close());

async function opened(url: string) {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  onTestFinished(() => page.close());
  return { page, response: await page.goto(url) };
}

/** What a page can send without asking first, and where it has to ask. Each request to the service is refused with 403. */
const REFUSED = 10;

async function sendAll({ http, resp }: { http: string; resp: string }): Promise<void> {
  const attack = '{"key":"alice"}';
  const operations = '{"operations":[{"operation":"put","key":"YQ==","value":"YQ=="}]}';
  const commands = "\r\nSET a 1\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
  const quietly = (sent: Promise<unknown>) => sent.catch(() => {});
  const post = (url: string, body: BodyInit) =>
    quietly(fetch(url, { method: "POST", mode: "no-cors", body }));
  new Image().src = `${http}/v1/kv/image`;
  new WebSocket(`${http.replace("http", "ws")}/v1/kv/socket`);
  const frame = document.body.appendChild(document.createElement("iframe"));
  frame.name = "frame";
  const form = document.body.appendChild(document.createElement("form"));
  Object.assign(form, { action: `${http}/v1/ops`, method: "post", target: "frame" });
  form.enctype = "text/plain";
  const field = form.appendChild(document.createElement("input"));
  Object.assign(field, { name: operations.slice(0, -1), value: "}" });
  form.submit();
  navigator.sendBeacon(`${http}/v1/attacks/tamper`, attack);
  await Promise.all([
    post(`${http}/v1/attacks/tamper`, attack),
    post(`${http}/v1/attacks/tamper`, new Blob([attack])),
    post(`${http}/v1/ops`, new URLSearchParams(operations)),
    post(`http://${resp}/`, commands),
    quietly(fetch(`${http}/v1/kv/fetched`, { mode: "no-cors" })),
    quietly(fetch(`${http}/v1/kv/alice`, { method: "PUT", body: "0" })),
    quietly(fetch(`${http}/v1/kv/alice`, { method: "DELETE" })),
  ]);
}

/** Requests that a service has refused so far. */
async function refusals(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(
    /^zeta_http_request_duration_seconds_count\{.*status="403"\} (\d+)$/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The first line that a Redis command is answered with. */
async function asked(resp: string, command: string): Promise<string> {
  const socket = connect(Number(resp.split(":")[1]), "127.0.0.1");
  socket.write(`${command}\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer);
}

describe.runIf(hasChromium)("in Chromium", { timeout: 120_000 }, () => {
  test("a page whose name is made to point to a service here is not answered by it", async () => {
    const service = await started({ allowAttacks: true });
    const { port } = new URL(service.url);
    const { page, response } = await opened(`http://evil.test:${port}/v1/attestation`);
    expect([response?.status(), await response?.json()]).toEqual([
      421,
      expect.objectContaining({ code: "host_not_allowed" }),
    ]);
    // Of one origin with the service, for all that the browser knows.
    const statuses = await page.evaluate(async () => {
      const put = await fetch("/v1/kv/alice", { method: "PUT", body: "0" });
      return [put.status, (await fetch("/metrics")).status];
    });
    expect(statuses).toEqual([421, 421]);
  });

  test.each(["evil.test", "localhost"])("a page of %s changes nothing", async (name) => {
    const service = await started({ allowAttacks: true, epochMs: null, resp: LOOPBACK });
    const resp = service.resp as string;
    await fetch(`${service.url}/v1/kv/alice`, { method: "PUT", body: "100" });
    const { page } = await opened(`http://${name}:${await foreignSite()}/`);
    await page.evaluate(sendAll, { http: service.url, resp });
    // Forms, images, sockets and beacons do not say when they are done.
    await expect.poll(() => refusals(service.url), { timeout: 60_000 }).toBe(REFUSED);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    const calls = metrics.match(/^zeta_operations_total\{.*\} [1-9].*$/gm);
    expect(calls).toEqual(['zeta_operations_total{operation="put"} 1']);
    expect(await asked(resp, "EXISTS a")).toBe(":0\r\n");
    expect(await (await fetch(`${service.url}/v1/kv/alice`)).text()).toBe("100");
    await service.engine.closeEpoch();
    expect(service.engine.instance.violation).toBeNull();
  });

  test("the client runs on a page of an origin that is listed", async () => {
    let script = "";
    const port = await foreignSite(() => script);
    const { url } = await started({ allowOrigins: [`http://localhost:${port}`] });
    const blocks = [...readFileSync(README, "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)];
    const [, code = ""] = blocks.find(([block]) => block.includes("document.body")) ?? [];
    expect(code).toContain(DOCUMENTED);
    const { outputFiles } = await build({
      stdin: {
        contents: code.replace(DOCUMENTED, url),
        resolveDir: fileURLToPath(new URL("..", import.meta.url)),
      },
      ...{ bundle: true, write: false, platform: "browser", format: "esm" },
      conditions: ["source"],
    });
    script = outputFiles[0]?.text ?? "";
    const { page } = await opened(`http://localhost:${port}/`);
    await page.getByText(/^100, certified in epoch \d+$/).waitFor();
    // Elsewhere the same page is a stranger's.
    const foreign = await opened(`http://evil.test:${port}/`);
    const failed = (await foreign.page.waitForEvent("pageerror").catch(() => null)) as Error | null;
    expect(failed).not.toBeNull();
  });
});
