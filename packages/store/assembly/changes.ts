// SPDX-License-Identifier: Apache-2.0
/**
 * Which records storage must learn of at a checkpoint: those that were created or written since they were last taken. A flag that stands
 * beside others that change anyway costs calls nothing; who wants to know looks at all records.
 */
import { flagsOf, setFlags } from "./element";
import { CHANGED, RECORD_BYTES, RECORDS, recordsEnd, RESULTS } from "./layout";
import { RESULTS_BYTES } from "./profile";
import { STORED_BYTES_MAX, writeStored } from "./stored-record";

let position: usize = RECORDS;

/** Begins with the first record again. */
export function startChanges(): void {
  position = RECORDS;
}

/** Takes at most `max` more, as many as there is room for at RESULTS; returns their bytes, 0 after the last. */
export function writeChanges(max: u32): u32 {
  const last = RESULTS + <usize>RESULTS_BYTES - STORED_BYTES_MAX;
  let at = RESULTS;
  for (; position < recordsEnd && max != 0 && at <= last; position += RECORD_BYTES) {
    const flags = flagsOf(position);
    if ((flags & CHANGED) == 0) continue;
    at = writeStored(at, position);
    setFlags(position, flags & ~CHANGED);
    max--;
  }
  return <u32>(at - RESULTS);
}
