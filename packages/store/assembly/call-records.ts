// SPDX-License-Identifier: Apache-2.0
/** The records of a call: where each is, which value it has, and which it is to have. */
import { CALL_AFTER, CALL_BEFORE, CALL_RECORDS, VALUE_LENGTH } from "./layout";
import { isPresent, valueOf } from "./value-heap";

/** In place of a block: the record keeps its value, or has none afterwards. */
export const SAME: u32 = 0;
export const ABSENT: u32 = 1;

// @ts-ignore: decorator
@inline
export function recordOf(i: u32): usize {
  return <usize>load<u32>(CALL_RECORDS + ((<usize>i) << 2));
}

// @ts-ignore: decorator
@inline
export function afterOf(i: u32): usize {
  return CALL_AFTER + ((<usize>i) << 3);
}

/** Names record `i` of the call, 0 if there is none yet, and says where its value is. */
export function describe(i: u32, record: usize): void {
  const before = CALL_BEFORE + ((<usize>i) << 3);
  const present = record != 0 && isPresent(record);
  store<u32>(CALL_RECORDS + ((<usize>i) << 2), <u32>record);
  store<u32>(before, present ? <u32>valueOf(record) : 0);
  store<u32>(before, present ? load<u32>(record, VALUE_LENGTH) : 0, 4);
  store<u32>(afterOf(i), SAME);
}
