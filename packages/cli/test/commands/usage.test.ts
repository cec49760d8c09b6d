// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";
import { zeta } from "../support/zeta.ts";

const COMMANDS = [
  ["serve"],
  ["demo"],
  ["put"],
  ["get"],
  ["del"],
  ["evidence"],
  ["verify"],
  ["attestation"],
  ["attestation", "verify"],
  ["attestation", "show"],
  ["attack"],
  ["ycsb"],
  ["bench"],
  ["bench", "monitor"],
  ["bench", "client"],
  ["bench", "gateway"],
  ["storage"],
  ["storage", "copy"],
  ["monitor"],
  ["monitor", "replay"],
  ["prover-api"],
  ["gateway"],
  ["proofs"],
  ["proofs", "verify"],
  ["proofs", "watch"],
  ["launch"],
];

describe("help", () => {
  it("of zeta lists every command", async () => {
    const { code, stdout } = await zeta(["--help"]);
    expect(code).toBe(0);
    for (const [command] of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
  });

  it.each(COMMANDS.map((command) => [command]))("of %j exists", async (command) => {
    const { code, stdout, stderr } = await runHere([...command, "--help"]);
    expect(stderr).toBe("");
    expect(stdout).toContain(`Usage: zeta ${command.join(" ")}`);
    // Lists are wrapped to the terminal; paragraphs have to fit as they are.
    const prose = stdout.split("\n").filter((line) => !line.startsWith("  "));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
    expect(code).toBe(0);
  });

  it("lines fit a terminal of 100 columns", async () => {
    const { stdout } = await runHere(["--help"]);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("zeta help COMMAND is its --help", async () => {
    const { code, stdout } = await runHere(["help", "put"]);
    expect(stdout).toContain("Usage: zeta put");
    expect(code).toBe(0);
    expect((await runHere(["help", "frobnicate"])).code).toBe(2);
  });

  it("--version prints one version", async () => {
    const { code, stdout } = await zeta(["--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
  });
});

describe("bad usage is answered with one line and exit 2", () => {
  it.each([
    [["frobnicate"], "expected a command from --help, got frobnicate"],
    [["serve", "--frob"], "expected an option from --help, got --frob"],
    [["serve", "--data", "x", "--memory"], "--data: expected none with data in memory, got both"],
    [["serve", "--http"], "expected a value for --http <host:port>, got none"],
    [["serve", "--http", "nowhere"], '--http: expected HOST:PORT such as 127.0.0.1:7070, got "no'],
    [["ycsb", "--threads", "2"], "--threads: expected --in-process beside it, got none"],
    [
      ["serve", "--threads", "2", "--allow-attacks"],
      "--threads: expected 1 with --allow-attacks, got 2",
    ],
    [["serve", "--resp", "nowhere"], '--resp: expected HOST:PORT such as 127.0.0.1:7070, got "no'],
    [["serve", "--service", "bank", "--resp", "127.0.0.1:0"], "--resp: expected off with --serv"],
    [
      ["serve", "--store", "lsm"],
      "--store: expected memory, lmdb, redis://.. or postgres://.., got",
    ],
    [["serve", "--config", "no-such-file"], "--config no-such-file: expected a readable file"],
    [["put", "k"], "expected the argument value or --file, got none"],
    [["put", "k", "v", "--file", "f"], "--file: expected no argument value beside it, got both"],
    [["put", "k", "--file", "no-such-file"], "--file no-such-file: expected a readable file, got"],
    [["put", "k", "--file", "/dev/zero"], "expected a value of at most 1048576 bytes, got more [v"],
    [["put", "k", "v", "w"], "expected 2 arguments, got 3"],
    [["get", "k", "l"], "expected 1 argument, got 2"],
    [["get", "k", "--url", "nowhere"], "--url: expected a service's URL"],
    [["get", "k", "--policy", "no-such-file"], "--policy no-such-file: expected a readable"],
    [["evidence", "k"], "expected the option --out <file>, got none"],
    [["verify", "no-such-file"], "no-such-file: expected a readable evidence file, got ENOENT"],
    [["attack", "pillage"], "expected one of tamper, stale-read, replay, drop, rollback, fork"],
    [["attack", "tamper", "--mode", "honest-log"], "--mode: expected only with stale-read"],
    [["ycsb", "--workload", "e"], "--workload: expected workload a, b, c, d or f, got e"],
    [["ycsb", "--records", "0"], "--records: expected a whole number from 1"],
    [["ycsb", "--url", "http://h", "--in-process"], "--in-process"],
    [["bench", "monitor", "--only", "x"], "--only: expected one of monitor.kv64.hot"],
    [["bench", "client", "--only", "x"], "--only: expected one of attestation.verify"],
    [["prover-api", "--config-path", "none"], "--config-path none: expected a readable file"],
    [["gateway", "--url", "nowhere"], "--url: expected a service's URL"],
    [["proofs", "verify", "--batch", "9-3"], "--batch: expected a batch such as 7 or a range"],
    [["proofs", "watch", "--batch", "x"], "--batch: expected a batch such as 7 or a range"],
    [["launch", "--", "true"], "expected the option --env-prefix <prefix>, got none"],
    [["launch", "--env-prefix", "x", "--", "true"], "expected a prefix like"],
    [["serve", "--batch-epochs", "5"], "--batch-epochs: expected --seal-batches beside it"],
    [["serve", "--seal-batches", "s3://host"], "--seal-batches: expected s3://HOST/BUCKET"],
    [["serve", "--seal-batches", "d", "--allow-attacks"], "--seal-batches: expected no --allow"],
    [["serve", "--tee", "tdx"], '--tee: expected one of simulation, auto, got "tdx"'],
    [
      ["serve", "--data", "package.json"],
      "--data package.json: expected a directory that can be wr",
    ],
    [["serve", "--data", "package.json/x"], "package.json/x: expected a directory that can be wri"],
    [["serve", "--data", "/dev/null/x"], "directory that can be written, got ENOTDIR"],
    [
      ["serve", "--seal-batches", "package.json"],
      "--seal-batches package.json: expected a directory",
    ],
    [
      ["demo", "--out", "package.json"],
      "--out package.json: expected a directory that can be written",
    ],
    [["storage", "copy", "--from", "lmdb:a"], "expected the option --to <store>, got none"],
    [
      ["storage", "copy", "--from", "a", "--to", "lmdb:b"],
      "--from: expected lmdb:DIRECTORY, redis:",
    ],
    [
      ["storage", "copy", "--from", "lmdb:a", "--to", "lmdb:a"],
      "--to: expected another place than",
    ],
    [
      ["storage", "copy", "--from", "lmdb:a", "--to", "lmdb:b", "--service", ""],
      "--service: expec",
    ],
    [["monitor", "replay", "--slots", "65536"], "--slots: expected a whole number from 1 to 65535"],
    [["monitor", "replay", "--key-hash", "md5"], "--key-hash: expected one of identity, blake2b"],
  ])("zeta %j", async (args, expected) => {
    const { code, stdout, stderr } = await runHere(args);
    expect(stderr.split("\n").length, stderr).toBe(2);
    expect(stderr).toMatch(/^zeta: /);
    expect(stderr).toContain(expected);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("holds for the command as it is installed", async () => {
    const { code, stdout, stderr } = await zeta(["serve", "--frob"]);
    expect(stderr).toBe("zeta: expected an option from --help, got --frob\n");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("no command at all: the help on stderr, exit 2", async () => {
    const { code, stdout, stderr } = await zeta([]);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: zeta");
    expect(code).toBe(2);
  });

  it("with --json the error is on stdout as well, for scripts", async () => {
    const { code, stdout, stderr } = await runHere(["get", "k", "--url", "nowhere", "--json"]);
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe("usage");
    expect(stderr).toBe(`zeta: ${error.message}\n`);
    expect(code).toBe(2);
    const unknown = await runHere(["get", "--frob", "--json"]);
    expect(JSON.parse(unknown.stdout).error.message).toBe(
      "expected an option from --help, got --frob",
    );
    expect((await runHere(["get", "--frob", "--", "--json"])).stdout).toBe("");
    const both = await runHere(["get", "k", "--raw", "--json"]);
    expect(both.stderr).toBe("zeta: --raw: expected no --json beside it, got both\n");
    expect(both.code).toBe(2);
  });

  it("a file without end is refused at its cap", async () => {
    const { code, stderr } = await runHere(["verify", "/dev/zero"]);
    expect(stderr).toBe("zeta: /dev/zero: expected at most 67108864 bytes, got more\n");
    expect(code).toBe(2);
    for (const args of [
      ["serve", "--config"],
      ["get", "k", "--policy"],
      ["gateway", "--config-path"],
    ]) {
      const refused = await runHere([...args, "/dev/zero"]);
      expect(refused.stderr).toMatch(/expected at most \d+ bytes, got more/);
      expect(refused.code).toBe(2);
    }
  });

  // Only there a directory refuses with the error for one that is missing.
  it.skipIf(!existsSync("/proc/self"))("a place where no directory can be made", async () => {
    for (const args of [
      ["serve", "--data"],
      ["serve", "--seal-batches"],
      ["demo", "--out"],
    ]) {
      const { code, stderr } = await runHere([...args, "/proc/x/y"]);
      const expected = "expected a directory that can be written, got ENOENT";
      expect(stderr).toBe(`zeta: ${args[1]} /proc/x/y: ${expected}\n`);
      expect(code).toBe(2);
    }
  });

  it("control characters of an argument do not reach the terminal", async () => {
    const { stderr } = await runHere(["get", "k", "--url", "\u001b[2J"]);
    expect(stderr).not.toContain("\u001b");
  });
});
