// SPDX-License-Identifier: Apache-2.0
import type { Patch } from "../../monitors/wasm-build.ts";

/** How the monitor loses one of its rules: changes to its sources, under the rule's ID. */
export type RulePatches = Readonly<Record<string, readonly Patch[]>>;

/** A file of packages/monitor, ready to be changed. */
export function source(file: string) {
  return {
    /** The check, a whole statement, is gone. */
    without: (find: string): Patch => ({ file, find, replace: "" }),
    /** The text is replaced. */
    change: (find: string, replace: string): Patch => ({ file, find, replace }),
  };
}
