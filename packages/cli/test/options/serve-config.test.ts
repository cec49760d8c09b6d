// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completeServeConfig, readServeSettings } from "../../src/serve/serve-config.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "zeta-config-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, "config.json");
  writeFileSync(path, content);
  return path;
}

describe("serve settings", () => {
  it("have defaults that run anywhere", () => {
    expect(completeServeConfig({})).toEqual({
      http: { host: "127.0.0.1", port: 7070 },
      allowHosts: [],
      allowOrigins: [],
      resp: { host: "127.0.0.1", port: 7379 },
      epochMs: 1000,
      allowAttacks: false,
      threads: 1,
      slots: null,
      recordsMax: null,
      place: "lmdb:./zeta-data",
      tee: "simulation",
      service: "kv",
      sealBatches: null,
      batchEpochs: null,
    });
  });

  it("come from a JSON file", () => {
    const settings = readServeSettings(
      file(
        '{"http":"[::1]:0","allowHost":["Box","zeta.example."],"allowOrigin":["*"],"resp":"[::1]:1","epoch":"250ms","threads":1,"slots":64,"recordsMax":1000,"memory":true,"tee":"auto","allowAttacks":true}',
      ),
    );
    expect(completeServeConfig(settings)).toEqual({
      http: { host: "::1", port: 0 },
      allowHosts: ["box", "zeta.example"],
      allowOrigins: ["*"],
      resp: { host: "::1", port: 1 },
      epochMs: 250,
      allowAttacks: true,
      threads: 1,
      slots: 64,
      recordsMax: 1000,
      place: null,
      tee: "auto",
      service: "kv",
      sealBatches: null,
      batchEpochs: null,
    });
  });

  it("speak the Redis protocol for keys and values only, and only if wanted", () => {
    expect(completeServeConfig({ resp: "off" })).toMatchObject({ resp: null });
    expect(completeServeConfig({ service: "bank" })).toMatchObject({ resp: null });
    expect(completeServeConfig({ service: "bank", resp: "off" })).toMatchObject({ resp: null });
  });

  it.each([
    [{ data: "d" }, "lmdb:d"],
    [{ data: "d", store: "lmdb" }, "lmdb:d"],
    [{ store: "lmdb" }, "lmdb:./zeta-data"],
    [{ memory: true }, null],
    [{ memory: true, store: "memory" }, null],
    [{ memory: false }, "lmdb:./zeta-data"],
    [{ store: "redis://127.0.0.1/2" }, "redis://127.0.0.1/2"],
    [{ store: "postgres://u@h/d" }, "postgres://u@h/d"],
    // What cannot go on from there stays in memory, unless somebody insists.
    [{ allowAttacks: true }, null],
    [{ threads: 2 }, "lmdb:./zeta-data"],
    [{ threads: 2, memory: true }, null],
    [{ sealBatches: "out" }, null],
  ])("%j keep data at %j", (settings, place) => {
    expect(completeServeConfig(settings).place).toBe(place);
  });

  it("say how many threads", () => {
    expect(completeServeConfig({ threads: 64, service: "bank" })).toMatchObject({ threads: 64 });
  });

  it.each([
    ["[]", "expected a JSON object"],
    ["{", "expected JSON"],
    ['{"prot":1}', 'got "prot"'],
    ['{"__proto__":1}', 'got "__proto__"'],
    ['{"epoch":1000}', "expected a string as epoch, got 1000"],
    ['{"allowHost":"box"}', 'expected a list of strings as allowHost, got "box"'],
    ['{"allowOrigin":[1]}', "expected a list of strings as allowOrigin, got [1]"],
    [`{"http":"${"x".repeat(70_000)}"}`, "expected at most 65536 bytes"],
  ])("a file with %.30s is refused", (content, message) => {
    expect(() => readServeSettings(file(content))).toThrow(message);
  });

  it("an unreadable file is refused by name", () => {
    const path = join(directory, "none.json");
    expect(() => readServeSettings(path)).toThrow(`--config ${path}: expected a readable file`);
    expect(() => readServeSettings(directory)).toThrow("expected a readable file, got EISDIR");
  });

  it.each([
    [{ store: "lsm" }, '--store: expected memory, lmdb, redis://.. or postgres://.., got "lsm"'],
    [{ store: "redis://" }, "--store: expected memory, lmdb, redis://.. or postgres://.."],
    [{ data: "" }, "--data: expected a directory, got an empty text"],
    [{ data: "d", store: "redis://h" }, "--data: expected none with a database as --store"],
    [{ data: "d", memory: true }, "--data: expected none with data in memory, got both"],
    [{ data: "d", store: "memory" }, "--data: expected none with data in memory, got both"],
    [{ store: "lmdb", memory: true }, "--store: expected none with data in memory, got both"],
    [{ data: "d", allowAttacks: true }, "--data: expected data in memory with --allow-attacks"],
    [{ data: "d", sealBatches: "b" }, "--data: expected data in memory with --seal-batches"],
    [{ service: "shop" }, "--service: expected one of kv, access-policy, bank, "],
    [{ tee: "tdx" }, '--tee: expected one of simulation, auto, got "tdx"'],
    [{ threads: 2, allowAttacks: true }, "--threads: expected 1 with --allow-attacks, got 2"],
    [{ threads: 2, sealBatches: "out" }, "--threads: expected 1 with --seal-batches, got 2"],
    [{ service: "bank", allowAttacks: true }, "--allow-attacks: expected --service kv beside it"],
    [{ service: "bank", sealBatches: "b" }, "--seal-batches: expected --service kv beside it, got"],
    [{ threads: 0 }, "--threads: expected a whole number from 1 to 64, got 0"],
    [{ slots: 65_536 }, "--slots: expected a whole number from 4 to 65535, got 65536"],
    [{ slots: 3 }, "--slots: expected a whole number from 4 to 65535, got 3"],
    [{ recordsMax: 0 }, "--records-max: expected a whole number from 1 to 20000000, got 0"],
    [
      { recordsMax: 20_000_001 },
      "--records-max: expected a whole number from 1 to 20000000, got 2",
    ],
    [{ epoch: "9ms" }, "--epoch: expected a time from 10ms"],
    [{ http: "nowhere" }, "--http: expected HOST:PORT"],
    [{ allowHost: ["box", "box:7070"] }, "--allow-host: expected a host name without port"],
    [{ allowOrigin: ["https://app.example/"] }, "--allow-origin: expected an origin such as"],
  ])("%j is refused", (settings, message) => {
    expect(() => completeServeConfig(settings)).toThrow(message);
  });
});
