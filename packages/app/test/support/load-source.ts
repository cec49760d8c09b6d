// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleService } from "../../src/bundle-service.ts";
import type { Program } from "../../src/program.ts";
import { loadProgram } from "../../src/sandbox/load-program.ts";

/** Bundles a service's source text. */
export async function bundleText(source: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "zeta-service-"));
  try {
    const file = join(directory, "service.ts");
    writeFileSync(file, source);
    return await bundleService(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * A service with one operation `call` on a record of an integer, whose function has this body; `args.n` is an integer, `records.cell` the
 * record.
 */
export function serviceText(body: string, before = ""): string {
  return `import { defineService, fail, operation, record, t } from "@zeta/app";
    ${before}
    const cell = record({ key: t.text(), value: t.integer() });
    export default defineService({ name: "trial", version: "1", records: { cell }, operations: {
      call: operation({
        arguments: t.object({ n: t.integer() }), result: t.integer(), touches: { cell },
        keys: () => ({ cell: "a" }),
        run(args, records): any { ${body} },
      }),
    } });`;
}

export async function loadBody(body: string, before = ""): Promise<Program> {
  return loadProgram(await bundleText(serviceText(body, before)));
}
