// SPDX-License-Identifier: Apache-2.0
import { equalBytes, utf8 } from "@zeta/protocol/bytes";

/** In place of a manifest while a copy is being written: who finds it finds a part of a journal, which is an older state than the one that was copied. */
export const UNFINISHED_COPY = utf8("zeta: unfinished copy");

export function isUnfinishedCopy(manifest: Uint8Array | null): boolean {
  return manifest !== null && equalBytes(manifest, UNFINISHED_COPY);
}
