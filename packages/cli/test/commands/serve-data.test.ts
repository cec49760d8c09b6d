// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@zeta/client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runHere } from "../support/run.ts";
import { type Started, serveIn, stop, zeta } from "../support/services.ts";
import { startZeta } from "../support/zeta.ts";

/** Waits until the service has certified an epoch; whether a client hears of it is another matter. */
async function certifiedTo({ url }: Started, epoch: number): Promise<void> {
  for (;;) {
    const latest = await (await fetch(`${url}/v1/epochs/latest`)).json();
    if ((latest.certified ?? -1) >= epoch) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("zeta serve with data", () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "zeta-data-"));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const ask = (command: string, key: string, at: Started, ...more: string[]) =>
    zeta(command, key, ...more, "--url", at.url);

  it("killed or stopped, goes on where it was, and clients check that it does", async () => {
    const first = await serveIn(home, "--epoch", "100ms");
    expect((await ask("put", "alice", first, "100", "--wait")).code).toBe(0);
    await stop(first, "SIGKILL");
    const second = await serveIn(home, "--epoch", "100ms");
    const got = await ask("get", "alice", second, "--wait");
    expect(got.stdout).toMatch(/^100\n/);
    expect(got.stdout).toMatch(/^lineage +/m);
    expect(got.code).toBe(0);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    const third = await serveIn(home, "--epoch", "100ms");
    expect(await ask("get", "alice", third)).toMatchObject({ code: 0, stdout: "100\n" });
    const out = join(home, "alice.json");
    expect((await ask("evidence", "alice", third, "--out", out)).code).toBe(0);
    await stop(third, "SIGKILL");
    expect(await zeta("verify", out)).toMatchObject({ code: 0 });
  });

  it("killed twice, and stopped, while a client waits: what was certified is proven to it", async () => {
    const first = await serveIn(home, "--epoch", "100ms");
    const { port } = new URL(first.url);
    const client = await connect(first.url, { trust: { simulation: true } });
    onTestFinished(() => client.close());
    await (await client.put("dora", "1")).certified();
    const put = await client.put("dora", "2");
    await certifiedTo(first, put.epoch);
    await stop(first, "SIGKILL");
    // The second one runs the journal, and makes a checkpoint because it ran a call of its own; the third and the fourth go on from there.
    const second = await serveIn(home, "--epoch", "100ms");
    expect((await ask("put", "emil", second, "3", "--wait")).code).toBe(0);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    const third = await serveIn(home, "--epoch", "100ms");
    expect((await ask("put", "emil", third, "4", "--wait")).code).toBe(0);
    await stop(third, "SIGKILL");
    const fourth = await serveIn(home, "--epoch", "100ms", "--http", `127.0.0.1:${port}`);
    const proof = await put.certified();
    expect(proof.report()).toContain("lineage");
    const out = join(home, "dora.json");
    writeFileSync(out, JSON.stringify(proof.evidence()));
    expect(await runHere(["verify", out])).toMatchObject({ code: 0 });
    const got = await client.get("emil");
    expect(String((await got.certified()).value)).toBe("4");
    await stop(fourth, "SIGKILL");
  });

  it("on several threads, killed, and stopped, and on other numbers of them", async () => {
    const threads = (count: number) => serveIn(home, "--epoch", "100ms", "--threads", `${count}`);
    const keys = ["k1", "k2", "k3", "k4"];
    const first = await threads(2);
    for (const key of keys) {
      expect((await ask("put", key, first, "1", "--wait")).code).toBe(0);
    }
    await stop(first, "SIGKILL");
    const second = await threads(2);
    for (const key of keys) expect((await ask("get", key, second)).stdout).toBe("1\n");
    expect((await ask("put", "k1", second, "2", "--wait")).code).toBe(0);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    const third = await threads(3);
    const got = await ask("get", "k1", third, "--wait");
    expect(got.stdout).toMatch(/^2\n/);
    expect(got.stdout).toMatch(/^lineage +/m);
    expect((await ask("put", "k2", third, "3", "--wait")).code).toBe(0);
    await stop(third, "SIGKILL");
    const last = await threads(1);
    for (const [key, value] of Object.entries({ k1: 2, k2: 3, k3: 1 })) {
      expect((await ask("get", key, last, "--wait")).stdout).toMatch(`${value}\n`);
    }
    expect((await stop(last, "SIGTERM")).code).toBe(0);
  });

  it("as many records as --records-max says and no more; other numbers after a stop", {
    timeout: 120_000,
  }, async () => {
    const place = join(home, "few");
    mkdirSync(place);
    const room = (count: number, ...more: string[]) => ["--records-max", `${count}`, ...more];
    const first = await serveIn(place, "--epoch", "100ms", ...room(3));
    for (const key of ["a", "b", "c"]) expect((await ask("put", key, first, "1")).code).toBe(0);
    expect(await ask("put", "d", first, "1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("store_full"),
    });
    expect(await (await fetch(`${first.url}/metrics`)).text()).toMatch(/^zeta_records_max 3$/m);
    await stop(first, "SIGKILL");
    // Fewer than are in the journal, then fewer than are in the checkpoint that the end of the second one makes.
    const args = ["serve", "--http", "127.0.0.1:0", "--resp", "off"];
    const refused = {
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^zeta: .*; --records-max N makes room for more \[store_full\]\n$/,
      ),
    };
    const small = () => startZeta([...args, ...room(2)], { cwd: place }).ended;
    expect(await small()).toMatchObject(refused);
    const second = await serveIn(place, "--epoch", "100ms", ...room(4));
    expect((await ask("put", "d", second, "1", "--wait")).code).toBe(0);
    expect((await ask("put", "e", second, "1")).code).toBe(1);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    expect(await small()).toMatchObject(refused);
    const threaded = [...args, ...room(1, "--threads", "2")];
    expect(await startZeta(threaded, { cwd: place }).ended).toMatchObject(refused);
    const third = await serveIn(place, "--epoch", "100ms", ...room(4, "--threads", "2"));
    expect(await (await fetch(`${third.url}/metrics`)).text()).toMatch(/^zeta_records_max 8$/m);
    for (const key of ["a", "b", "c", "d"]) {
      expect((await ask("get", key, third)).stdout).toBe("1\n");
    }
    expect((await stop(third, "SIGTERM")).code).toBe(0);
  });

  it("a directory of something else: one line, exit 2", async () => {
    const place = join(home, "foreign");
    mkdirSync(join(place, "kv"), { recursive: true });
    writeFileSync(join(place, "kv", "letter.txt"), "dear");
    const args = ["serve", "--http", "127.0.0.1:0", "--resp", "off", "--data", place];
    const { code, stdout, stderr } = await zeta(...args);
    expect(stderr).toBe(
      `zeta: expected ${join(place, "kv")} to be empty or a storage, got letter.txt in it; ` +
        "--data DIRECTORY takes another place, --memory none [storage_foreign]\n",
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readFileSync(join(place, "kv", "letter.txt"), "utf8")).toBe("dear");
  });

  it("a directory in use: one line, exit 2", async () => {
    const first = await serveIn(home);
    const second = startZeta(["serve", "--http", "127.0.0.1:0", "--resp", "off"], { cwd: home });
    const { code, stdout, stderr } = await second.ended;
    expect(stderr).toMatch(/^zeta: expected nobody else to write to .*\[storage_in_use\]\n$/);
    expect(stderr).toContain(`got a writer in process ${first.running.child.pid}; --data `);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    await stop(first, "SIGKILL");
  });
});
