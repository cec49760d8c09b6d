// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from "node:timers/promises";
import { isZetaError } from "@zeta/protocol/error";

/** A server may need a moment to notice that a writer has died, so a place counts as in use only if it stays so for this long. */
const PATIENCE_MS = 3_000;

const RETRY_MS = 50;

/** Takes a lock, waiting for one whose holder may just have died. */
export async function withPatience<T>(take: () => Promise<T>): Promise<T> {
  for (let left = PATIENCE_MS; ; left -= RETRY_MS) {
    try {
      return await take();
    } catch (error) {
      if (!isZetaError(error, "storage_in_use") || left <= 0) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}
