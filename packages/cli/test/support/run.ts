// SPDX-License-Identifier: Apache-2.0
import { vi } from "vitest";
import { run } from "../../src/run.ts";
import type { Ended } from "./zeta.ts";

/** Runs the command in this process: for everything that ends before a service or a stream comes into play. */
export async function runHere(args: readonly string[]): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    stderr += String(chunk);
    return true;
  });
  try {
    const code = await run(args);
    return { code, stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
