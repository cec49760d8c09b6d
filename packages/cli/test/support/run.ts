// SPDX-License-Identifier: Apache-2.0
import { vi } from "vitest";
import { run } from "../../src/run.ts";
import type { Ended } from "./zeta.ts";

export interface EndedHere extends Ended {
  /** What stdout got, byte for byte. */
  readonly bytes: Buffer;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Runs the command in this process: for everything that ends before a service or a stream comes into play. */
export async function runHere(args: readonly string[]): Promise<EndedHere> {
  const written: Buffer[] = [];
  let stderr = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    written.push(Buffer.from(chunk as Uint8Array));
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    stderr += String(chunk);
    return true;
  });
  const asked = SIGNALS.map((signal) => new Set(process.listeners(signal)));
  try {
    const code = await run(args);
    const bytes = Buffer.concat(written);
    return { code, stdout: bytes.toString("utf8"), bytes, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
    // A command waits for signals to its end, which is that of its process.
    for (const [i, signal] of SIGNALS.entries()) {
      for (const listener of process.listeners(signal)) {
        if (!asked[i]?.has(listener)) process.removeListener(signal, listener);
      }
    }
  }
}
