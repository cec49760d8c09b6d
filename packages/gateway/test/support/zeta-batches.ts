// SPDX-License-Identifier: Apache-2.0
/** Batches of a real service: its engine, its monitor, its sealer. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rootHash } from "@zeta/protocol/root-value";
import type { SealedBatch as BatchToSubmit } from "../../../prover-api/src/batches.ts";
import type { SealedBatch } from "../../../service/src/batches/sealed-batch.ts";
import { MemorySink, sealerFor } from "../../../service/test/support/batches.ts";
import { putCall } from "../../../service/test/support/calls.ts";
import { createTestService } from "../../../service/test/support/service.ts";
import type { BatchVerifier } from "../../src/verify/verifier.ts";
import { workerVerifier } from "../../src/verify/worker-verifier.ts";

/** Runs a key-value service that seals each epoch; as many batches as asked for. */
export async function sealedBatches(count: number): Promise<readonly SealedBatch[]> {
  const sink = new MemorySink();
  const { sealer } = await sealerFor(sink, { epochs: 1 });
  const { engine, close } = createTestService({ sealer });
  for (let batch = 1; batch <= count; batch++) {
    const calls = Array.from({ length: 20 }, (_, i) =>
      putCall(`key ${i * batch}`, `value ${batch}`),
    );
    await engine.execute(calls);
    await engine.closeEpoch();
    while (sink.batches.length < batch) await new Promise((resolve) => setImmediate(resolve));
  }
  await close();
  // The end of the service seals one more.
  return sink.batches.slice(0, count);
}

/** As the server is told of it. */
export function announced({ header, data }: SealedBatch): BatchToSubmit {
  const { number, service, previousRootValue, root, receiptsRoot } = header;
  return { number, service, previousRoot: rootHash(previousRootValue), root, receiptsRoot, data };
}

/**
 * The verifier of Zeta's batches, for one of which it takes for ever. The thread runs the built monitor.
 */
export function zetaVerifier(folder: string, endlessBatch: number | null): BatchVerifier {
  const real = fileURLToPath(new URL("../../worker/verify-zeta-batch.mjs", import.meta.url));
  const module = join(folder, `verify-${endlessBatch}.mjs`);
  writeFileSync(
    module,
    `import { verifyBatch as verify } from ${JSON.stringify(pathToFileURL(real).href)};
     export const verifyBatch = (batch) =>
       batch.facts.number === ${endlessBatch} ? new Promise(() => {}) : verify(batch);`,
  );
  return workerVerifier({ module: pathToFileURL(module), timeoutMs: 60_000, memoryBytes: null });
}
