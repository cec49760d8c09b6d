// SPDX-License-Identifier: Apache-2.0
/** A log entry of the small world; `t` is a number of {@link World.times}. */
export type Entry =
  | {
      readonly type: "AddM";
      readonly key: number;
      readonly value: number;
      readonly slot: number;
      readonly parent: number;
    }
  | {
      readonly type: "AddB";
      readonly key: number;
      readonly value: number;
      readonly slot: number;
      readonly time: number;
      readonly thread: number;
    }
  | { readonly type: "EvictM"; readonly slot: number; readonly parent: number }
  | { readonly type: "EvictB"; readonly slot: number; readonly time: number }
  | {
      readonly type: "EvictBM";
      readonly slot: number;
      readonly parent: number;
      readonly time: number;
    }
  /** The application reads the record in a slot and leaves `after` there. */
  | { readonly type: "Call"; readonly slot: number; readonly after: number }
  | { readonly type: "NextEpoch" }
  | { readonly type: "VerifyEpoch" };

/** An entry on one line, for people. */
export function describe(entry: Entry): string {
  const { type, ...fields } = entry;
  return `${type} ${Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ")}`.trim();
}
