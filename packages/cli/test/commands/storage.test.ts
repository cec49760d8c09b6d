// SPDX-License-Identifier: Apache-2.0
/** `zeta storage copy` as an operator types it: a service goes on at another place, and what is no copy is refused. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage } from "@zeta/storage/open-storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";
import { type Running, startZeta, until } from "../support/zeta.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "zeta-copy-"));
});
afterAll(() => rmSync(home, { recursive: true }));

const store = (name: string): string => `lmdb:${join(home, name)}`;
const copy = (from: string, to: string, ...more: string[]) =>
  runHere(["storage", "copy", "--from", store(from), "--to", store(to), ...more]);

async function serve(data: string): Promise<{ readonly url: string; readonly running: Running }> {
  const at = ["--data", join(home, data), "--http", "127.0.0.1:0", "--resp", "off"];
  const running = startZeta(["serve", ...at, "--epoch", "100ms", "--json"]);
  const line = await until(running, () => /^\{.*\}$/m.exec(running.stdout())?.[0] ?? null);
  return { url: JSON.parse(line).url, running };
}

describe("zeta storage copy", () => {
  it("a service goes on at the other place, its journal included", async () => {
    const first = await serve("first");
    expect((await runHere(["put", "alice", "1", "--wait", "--url", first.url])).code).toBe(0);

    const inUse = await copy("first", "second");
    expect(inUse.stderr).toMatch(/^zeta: expected nobody else to write to .*\[storage_in_use\]\n$/);
    expect(inUse.stderr).toContain("; stop the service before its data are copied");
    expect([inUse.code, readdirSync(home)]).toEqual([2, ["first"]]);

    // Killed: the call is in the journal only.
    first.running.child.kill("SIGKILL");
    await first.running.ended;
    const done = await copy("first", "second", "--json");
    expect(JSON.parse(done.stdout)).toMatchObject({
      service: "kv",
      from: `${store("first")}/kv`,
      to: `${store("second")}/kv`,
      records: 0,
      names: 0,
    });
    expect(JSON.parse(done.stdout).journalEntries).toBeGreaterThan(0);
    expect(done.code).toBe(0);

    const second = await serve("second");
    const got = await runHere(["get", "alice", "--wait", "--url", second.url]);
    expect(got.stdout).toMatch(/^1\n/);
    expect(got.stdout).toMatch(/^lineage +/m);
    second.running.child.kill("SIGTERM");
    await second.running.ended;

    const third = await copy("second", "third");
    expect(third.stdout).toMatch(/^records +1$/m);
    expect(third.stderr).toContain("records: 1, all\n");
    expect(third.stderr).toContain("writing all ");
    expect(third.code).toBe(0);
    const full = await copy("second", "third");
    expect(full).toMatchObject({ code: 2, stdout: "" });
    expect(full.stderr).toMatch(
      /^zeta: expected .* to be empty, got data in it \[storage_foreign\]/,
    );
  });

  it("a source where nothing is: exit 1, and nothing is made", async () => {
    const none = await copy("nowhere", "fourth");
    expect(none.stderr).toMatch(
      /^zeta: expected a storage in .*nowhere\/kv, got none \[storage_un/,
    );
    expect([none.code, none.stdout]).toEqual([1, ""]);
    expect(readdirSync(home)).not.toContain("nowhere");
    expect(readdirSync(home)).not.toContain("fourth");
  });

  it("another service's data lie beside", async () => {
    const bank = await openStorage(`${store("shared")}/bank`, { serviceId: "bank" });
    bank.append(new Uint8Array(1));
    await bank.close();
    expect((await copy("shared", "fifth")).code).toBe(1);
    const copied = await copy("shared", "fifth", "--service", "bank");
    expect(copied.stdout).toMatch(/^entries +1$/m);
    expect(readdirSync(join(home, "fifth"))).toEqual(["bank"]);
  });

  it("a directory without its kind is told as it came", async () => {
    const { code, stderr } = await runHere(["storage", "copy", "--from", "data", "--to", "lmdb:x"]);
    expect([code, stderr]).toEqual([
      2,
      'zeta: --from: expected lmdb:DIRECTORY, redis://.. or postgres://.., got "data"\n',
    ]);
  });

  it("a password is not repeated", async () => {
    const redis = "redis://user:secret@127.0.0.1:1";
    const lmdb = store("sixth");
    const { code, stdout, stderr } = await runHere([
      "storage",
      "copy",
      "--from",
      redis,
      "--to",
      lmdb,
    ]);
    expect(stderr).toMatch(/^zeta: .*\[storage_unreachable\]\n$/);
    expect(stdout + stderr).not.toContain("secret");
    expect(code).toBe(1);
    const wrong = await runHere(["storage", "copy", "--from", "rdis://u:secret@h", "--to", lmdb]);
    expect([wrong.code, wrong.stderr.includes("secret")]).toEqual([2, false]);
  });
});
