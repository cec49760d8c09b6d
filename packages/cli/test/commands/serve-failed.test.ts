// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ownDirectory, zeta } from "../support/services.ts";
import { startZeta, until } from "../support/zeta.ts";

/** A file of 4 MB may not grow (in blocks of 512 bytes): the kernel refuses more, as a full disk does. */
const FULL_AT_4_MB = 'trap "" XFSZ; ulimit -f 8000';

describe.skipIf(process.platform === "win32")("zeta serve on a full disk", () => {
  ownDirectory();

  it("says so in a line, answers 503, and ends with 1; what was certified is there afterwards", {
    timeout: 120_000,
  }, async () => {
    const start = ["serve", "--http", "127.0.0.1:0", "--resp", "off", "--epoch", "50ms", "--json"];
    const full = startZeta(start, { within: FULL_AT_4_MB });
    const url = await until(full, () => /"url":"([^"]+)"/.exec(full.stdout())?.[1] ?? null);
    expect((await zeta("put", "alice", "100", "--wait", "--url", url)).code).toBe(0);
    const body = new Uint8Array(900_000);
    let put: Response;
    do put = await fetch(`${url}/v1/kv/large`, { method: "PUT", body });
    while (put.ok);
    expect(put.status).toBe(503);
    expect(await put.json()).toMatchObject({ code: "storage_failed" });
    const failed = /^FAILED: expected lmdb:.* to be written, got .* \[storage_failed\]\. .*/m;
    expect(await until(full, () => failed.exec(full.stderr())?.[0] ?? null)).toMatch(
      /Nothing more is certified, .*mend the cause and start it again$/,
    );
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const asked = await zeta("get", "alice", "--url", url);
    expect(asked.stderr).toMatch(/^zeta: no answer: .*storage_failed/m);
    expect([asked.code, existsSync("zeta-evidence.json")]).toEqual([1, false]);
    full.child.kill("SIGTERM");
    const { code, stderr } = await full.ended;
    expect(stderr.trim().split("\n").at(-1)).toMatch(/^zeta: expected lmdb:.*\[storage_failed\]$/);
    expect(code).toBe(1);

    const again = startZeta(start);
    const next = await until(again, () => /"url":"([^"]+)"/.exec(again.stdout())?.[1] ?? null);
    expect((await zeta("get", "alice", "--url", next)).stdout).toBe("100\n");
    again.child.kill("SIGTERM");
    expect((await again.ended).code).toBe(0);
  });
});
