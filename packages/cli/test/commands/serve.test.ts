// SPDX-License-Identifier: Apache-2.0
import { get, type IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { ownDirectory, SharedService, serve, stop, zeta } from "../support/services.ts";
import { startZeta, until } from "../support/zeta.ts";

ownDirectory();
const service = new SharedService();

describe("zeta serve", () => {
  it("says that its TEE is simulated and its data are in memory", async () => {
    const any = "127.0.0.1:0";
    const access = ["--allow-host", "box.example", "--allow-origin", "*"];
    const running = startZeta(["serve", "--http", any, "--resp", any, "--memory", ...access]);
    await until(running, () => (running.stdout().includes("\ntry ") ? true : null));
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect(stdout).toMatch(/^SIMULATED TEE/);
    expect(stdout).toMatch(/^serving +http:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^hosts +box\.example, localhost and addresses are answered$/m);
    expect(stdout).toMatch(/^pages +of EVERY site may ask$/m);
    expect(stdout).toMatch(/^redis +127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^page +http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(stdout).toContain(service.measurement);
    expect(stdout).toMatch(/^data +in memory only/m);
    expect(stderr).toContain("SIGINT: certifying the last epoch");
    expect(code).toBe(0);
  });

  it("a port in use: one line, exit 2", async () => {
    const { host } = new URL(service.url);
    const { code, stdout, stderr } = await zeta("serve", "--memory", "--http", host);
    expect(stderr).toMatch(/^zeta: expected a free port, got 127\.0\.0\.1:\d+.*\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("a port of the Redis protocol in use: one line that says what else to do, exit 2", async () => {
    const taken = new URL(service.url).host;
    const args = ["serve", "--memory", "--http", "127.0.0.1:0", "--resp", taken];
    const { code, stdout, stderr } = await zeta(...args);
    expect(stderr).toMatch(/^zeta: expected a free port, got 127\.0\.0\.1:\d+, which is in use; /);
    expect(stderr).toMatch(/ --resp HOST:PORT takes another .* --resp off none .*\n$/);
    expect(stderr.split("\n")).toHaveLength(2);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  it("answers under the names and for the origins that it is given", async () => {
    const names = ["--allow-host", "Box.example", "--allow-host", "b.example"];
    const app = "https://app.example";
    const other = await serve(...names, "--allow-origin", app, "--allow-origin", "http://[::1]");
    const told = async (headers: Record<string, string>) => {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`${other.url}/healthz`, { headers }, resolve).on("error", reject);
      });
      return [answer.resume().statusCode, answer.headers["access-control-allow-origin"]];
    };
    expect(await told({ host: "box.example" })).toEqual([200, undefined]);
    expect(await told({ host: "b.example:7070", origin: app })).toEqual([200, app]);
    expect(await told({ host: "evil.test" })).toEqual([421, undefined]);
    expect(await told({ origin: "https://evil.test" })).toEqual([403, undefined]);
    expect((await stop(other, "SIGTERM")).code).toBe(0);
  });

  it.each([
    ["--allow-host", "box:7070", "expected a host name without port"],
    ["--allow-origin", "app.example", "expected an origin such as https://app.example.org, or *"],
  ])("%s %s: one line, exit 2", async (option, value, expected) => {
    const { code, stdout, stderr } = await zeta("serve", "--memory", option, value);
    expect(stderr).toMatch(new RegExp(`^zeta: ${option}: ${expected.replace("*", "\\*")}.*\n$`));
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  it("SIGTERM stops it cleanly", async () => {
    const other = await serve();
    expect((await stop(other, "SIGTERM")).code).toBe(0);
  });

  it("a terminal that is closed stops it cleanly, however often it says so and whether anybody reads", async () => {
    const other = await serve();
    other.running.child.kill("SIGHUP");
    const ended = await stop(other, "SIGHUP");
    expect(ended.stderr).toContain("SIGHUP: certifying the last epoch");
    expect(ended.code).toBe(0);
    const unheard = await serve();
    unheard.running.child.stderr?.destroy();
    expect((await stop(unheard, "SIGHUP")).code).toBe(0);
  });

  it.each([
    [
      "ulimit -n 32",
      /^zeta: expected enough file descriptors .* raise ulimit -n .*files_exhausted\]\n$/,
    ],
    [
      "ulimit -v 12000000",
      /^zeta: expected 10 GiB of address space .* raise ulimit -v .*memory_exhausted\]\n$/,
    ],
  ])("with %s: one line that says what to raise, exit 2", async (within, message) => {
    const args = ["serve", "--memory", "--http", "127.0.0.1:0", "--resp", "off"];
    const { code, stdout, stderr } = await startZeta(args, { within }).ended;
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("slots that are too few for a service's operations are refused as any other number", async () => {
    const args = ["--service", "bank", "--slots", "5", "--memory", "--http", "127.0.0.1:0"];
    expect(await zeta("serve", ...args)).toMatchObject({
      code: 2,
      stderr: "zeta: --slots: expected a whole number from 19 to 65535, got 5\n",
    });
  });
});

describe("zeta serve --threads", () => {
  it("several workers serve, certify and stop as one", async () => {
    const threaded = await serve("--epoch", "100ms", "--threads", "2");
    // Enough keys that each worker owns some.
    for (const key of ["a", "b", "c", "d"]) {
      const put = await zeta("put", key, "1", "--wait", "--json", "--url", threaded.url);
      expect(JSON.parse(put.stdout)).toMatchObject({ status: "certified" });
    }
    expect(await stop(threaded, "SIGINT")).toMatchObject({ code: 0 });
  });

  it("not while it lies on demand", async () => {
    const { code, stderr } = await zeta("serve", "--threads", "2", "--allow-attacks");
    expect(stderr).toContain("expected 1 with --allow-attacks, got 2");
    expect(code).toBe(2);
  });
});
