// SPDX-License-Identifier: Apache-2.0

/** What is kept in a place in memory: digests and names in hex, so that equal bytes are equal keys. */
export interface MemoryState {
  /** The format line; null: nothing was ever here. */
  format: string | null;
  head: Uint8Array | null;
  readonly records: Map<string, Uint8Array | null>;
  readonly names: Set<string>;
  /** Framed pages, by their numbers in hex. */
  readonly pages: Map<string, Uint8Array>;
  /** Framed entries by their numbers. */
  readonly journal: Map<number, Uint8Array>;
}

export function emptyState(): MemoryState {
  return {
    format: null,
    head: null,
    records: new Map(),
    names: new Set(),
    pages: new Map(),
    journal: new Map(),
  };
}
