// SPDX-License-Identifier: Apache-2.0
/** The elements in deferred memory, in the order of addresses: a walk over their bitmap. */
import {
  bitmap,
  GRAIN_LOG2,
  nodes,
  nodesEnd,
  RECORDS,
  recordsEnd,
} from "./layout";

/** The first one that begins at `address` or behind it, 0 if there is none. */
export function deferredFrom(address: usize): usize {
  const grainBytes = (<usize>1) << GRAIN_LOG2;
  const end = (nodesEnd - RECORDS) >> GRAIN_LOG2;
  let grain: usize = address <= RECORDS ? 0 : (address - RECORDS + grainBytes - 1) >> GRAIN_LOG2;
  while (grain < end) {
    const word = load<u64>(bitmap + ((grain >> 6) << 3)) >> (<u64>(grain & 63));
    if (word != 0) return RECORDS + ((grain + <usize>ctz<u64>(word)) << GRAIN_LOG2);
    grain = (grain | 63) + 1;
    // Between the last record and the first node there is nothing.
    const next = RECORDS + (grain << GRAIN_LOG2);
    if (next >= recordsEnd && next < nodes) grain = (nodes - RECORDS) >> GRAIN_LOG2;
  }
  return 0;
}

/** How many there are from one element to another. */
export function countDeferred(from: usize, to: usize): u32 {
  let count: u32 = 0;
  let grain = (from - RECORDS) >> GRAIN_LOG2;
  const end = (to - RECORDS) >> GRAIN_LOG2;
  while (grain < end) {
    const shift = <u64>(grain & 63);
    let word = load<u64>(bitmap + ((grain >> 6) << 3)) >> shift;
    if (end - grain < 64) word &= ((<u64>1) << <u64>(end - grain)) - 1;
    count += <u32>popcnt<u64>(word);
    grain = (grain | 63) + 1;
  }
  return count;
}
