// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { CHECK_IDS } from "@zeta/protocol/checks";
import { toHex } from "@zeta/protocol/hex";
import {
  ARGUMENT_BYTES_MAX,
  CALL_SLOTS_MAX,
  DIGEST_BYTES,
  FRAME_BYTES_MAX,
  KEY_BYTES_MAX,
  REQUEST_ID_BYTES,
  SERVICE_CALL_SLOTS_MAX,
  SLOTS_MAX,
  THREAD_EPOCHS_OPEN_MAX,
  VALUE_BYTES_MAX,
} from "@zeta/protocol/limits";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import { describe, expect, test } from "vitest";
import { compile, sha256Hex } from "../scripts/build-wasm.mjs";
import { loadMonitorModule } from "../src/wasm-module.ts";
import { webAssembly } from "../src/webassembly.ts";

const assemblySource = (file: string) =>
  readFileSync(new URL(`../assembly/${file}`, import.meta.url), "utf8");

describe.each(["kv64", "bytes"] as const)("module %s", (profile) => {
  const loaded = loadMonitorModule(profile);

  test("imports nothing; exports functions and its one memory", () => {
    expect(webAssembly.Module.imports(loaded.module)).toEqual([]);
    const exported = webAssembly.Module.exports(loaded.module);
    expect(exported.filter(({ kind }) => kind !== "function")).toEqual([
      { name: "memory", kind: "memory" },
    ]);
  });

  test("a fresh build equals the one in dist to the byte, and both have the published measurement", async () => {
    const rebuilt = await compile("index.ts", profile);
    expect(sha256Hex(rebuilt)).toBe(MONITOR_MEASUREMENTS[profile]);
    expect(toHex(loaded.measurement)).toBe(MONITOR_MEASUREMENTS[profile]);
    // The same module given by the caller.
    expect(toHex(loadMonitorModule(profile, rebuilt).measurement)).toBe(sha256Hex(rebuilt));
  });
});

test("check numbers of the module are the indices of CHECK_IDS", () => {
  const numbers = [...assemblySource("checks.ts").matchAll(/export const (\w+): i32 = (\d+);/g)];
  const ids = numbers.map(([, name = "", number]) => [name.replace("_", "."), Number(number)]);
  expect(ids).toEqual(CHECK_IDS.map((id, index) => [id, index]));
});

test("limits of the module are those of the wire formats", () => {
  const source = assemblySource("profile.ts");
  const limits = {
    KEY_BYTES_MAX,
    VALUE_BYTES_MAX,
    FRAME_BYTES_MAX,
    SLOTS_MAX,
    CALL_SLOTS_MAX,
    SERVICE_CALL_SLOTS_MAX,
    THREAD_EPOCHS_OPEN_MAX,
    REQUEST_ID_BYTES,
    DIGEST_BYTES,
  };
  for (const [name, limit] of Object.entries(limits)) {
    expect(source).toContain(`export const ${name}: u32 = ${limit};`);
  }
  const argument =
    "ARGUMENT_BYTES_MAX: u32 = 1 + 2 + KEY_BYTES_MAX + 1 + 32 + 1 + 4 + VALUE_BYTES_MAX;";
  expect(source).toContain(argument);
  expect(ARGUMENT_BYTES_MAX).toBe(41 + KEY_BYTES_MAX + VALUE_BYTES_MAX);
});
