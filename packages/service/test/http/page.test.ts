// SPDX-License-Identifier: Apache-2.0
/** The files of a page, whatever is in them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { startService } from "../../src/serve.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";

const start = useServices();
const directory = mkdtempSync(join(tmpdir(), "zeta-page-"));
const INDEX = "<!doctype html><title>a page</title>";
const SCRIPT = "console.log('a page')";
mkdirSync(join(directory, "assets"));
writeFileSync(join(directory, "index.html"), INDEX);
writeFileSync(join(directory, "assets", "index-abc.js"), SCRIPT);
writeFileSync(join(directory, "assets", "index-abc.js.gz"), gzipSync(SCRIPT));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the page", () => {
  test("is at /, asked for anew each time, and may load nothing from elsewhere", async () => {
    const { app } = start({ page: directory });
    const response = await app.inject({ url: "/" });
    expect([response.statusCode, response.body]).toEqual([200, INDEX]);
    expect(response.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "content-security-policy": expect.stringMatching(/^default-src 'self';/),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const { etag } = response.headers;
    const headers = { "if-none-match": String(etag) };
    expect((await app.inject({ url: "/", headers })).statusCode).toBe(304);
  });

  test("has files that are kept for ever by the hash in their names, smaller for whoever takes that", async () => {
    const { app } = start({ page: directory });
    const url = "/assets/index-abc.js";
    const plain = await app.inject({ url });
    expect([plain.statusCode, plain.body]).toEqual([200, SCRIPT]);
    expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(plain.headers["content-type"]).toMatch(/^(text|application)\/javascript/);
    const zipped = await app.inject({ url, headers: { "accept-encoding": "gzip" } });
    expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", vary: "accept-encoding" });
    expect(zipped.rawPayload).toEqual(gzipSync(SCRIPT));
    expect((await app.inject({ method: "HEAD", url })).headers["content-length"]).toBe("21");
  });

  test("leaves every other path what it was", async () => {
    const { app } = start({ page: directory });
    for (const url of ["/nothing", "/assets", "/assets/", "/assets/index-abc.js.gz", "/v1"]) {
      expect([url, ...problem(await app.inject({ url }))]).toEqual([url, 404, "unknown_path"]);
    }
    expect(problem(await app.inject({ method: "POST", url: "/" }))).toEqual([
      405,
      "method_not_allowed",
    ]);
    const healthy = await app.inject({ url: "/healthz" });
    expect(healthy.headers["cache-control"]).toBe("no-store");
    expect(healthy.headers["content-security-policy"]).toBeUndefined();
  });

  test("a file that goes away while the service runs is a problem like any other", async () => {
    writeFileSync(join(directory, "assets", "gone.js"), "");
    const { app } = start({ page: directory });
    await app.ready();
    rmSync(join(directory, "assets", "gone.js"));
    const response = await app.inject({ url: "/assets/gone.js" });
    expect(problem(response)).toEqual([404, "unknown_path"]);
  });

  test("a directory without index.html is a mistake of whoever starts the service", async () => {
    const page = join(directory, "assets");
    await expect(startService({ port: 0, page, processMetrics: false })).rejects.toMatchObject({
      code: "config_invalid",
    });
  });
});
