// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps what was fetched. A cache is a convenience and no authority: what comes out of it is
 * verified like anything else.
 */

export interface CollateralCache {
  /** Null when there is nothing under this name. */
  get(name: string): Promise<string | null>;
  set(name: string, text: string): Promise<void>;
}

/** For one process, browsers too. */
export function memoryCache(): CollateralCache {
  const entries = new Map<string, string>();
  return {
    get: async (name) => entries.get(name) ?? null,
    set: async (name, text) => {
      entries.set(name, text);
    },
  };
}
