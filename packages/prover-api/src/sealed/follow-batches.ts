// SPDX-License-Identifier: Apache-2.0
/** Announces the batches that a service seals into the blob store, one after the other, as their numbers appear in the catalogue. */
import { setTimeout as sleep } from "node:timers/promises";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { rootHash } from "@zeta/protocol/root-value";
import { announceBatch, lastBatch } from "../batches.ts";
import type { ProverContext } from "../context.ts";
import type { BatchCatalogue } from "./batch-catalogue.ts";
import { readBatchHeader } from "./read-header.ts";

/** After a failure the store is asked less often: it may be down, and a broken chain stays broken. */
const TROUBLE_POLLS = 10;

/** Runs until `stop` aborts. What fails is logged and tried again. */
export async function followBatches(
  context: ProverContext,
  catalogue: BatchCatalogue,
  pollMs: number,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    let wait = pollMs;
    try {
      while (!stop.aborted && (await announceNext(context, catalogue))) {
        context.log.debug("a sealed batch was announced");
      }
    } catch (error) {
      wait *= TROUBLE_POLLS;
      const code = isZetaError(error) ? error.code : undefined;
      context.log.error({ err: error, code }, "cannot announce the next sealed batch");
    }
    await sleep(wait, undefined, { signal: stop }).catch(() => {});
  }
}

/**
 * Announces the batch after the last one, if it is there.
 *
 * @throws ZetaError `batch_data_missing`, what is wrong with the header, or a SubmitBatchCode.
 */
export async function announceNext(
  context: ProverContext,
  catalogue: BatchCatalogue,
): Promise<boolean> {
  const last = await lastBatch(context);
  const number = (last?.number ?? Math.max(context.rules.firstProcessedBatch, 1) - 1) + 1;
  const digest = await catalogue.find(number);
  if (digest === null) return false;
  const blob = await context.blobs.open(digest);
  if (blob === null) {
    throw new ZetaError("batch_data_missing", `expected the data of batch ${number}, got none`);
  }
  const header = await readBatchHeader(blob);
  if (header.number !== number) {
    throw new ZetaError("batch_invalid", `expected batch ${number}, got ${header.number}`);
  }
  await announceBatch(context, {
    number,
    service: header.service,
    previousRoot: rootHash(header.previousRootValue),
    root: header.root,
    receiptsRoot: header.receiptsRoot,
    digest: fromHex(digest),
    bytes: blob.bytes,
  });
  return true;
}
