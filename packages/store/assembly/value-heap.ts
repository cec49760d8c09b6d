// SPDX-License-Identifier: Apache-2.0
/**
 * The store's own copies of values (profile `bytes`): blocks of 61 sizes, four to each doubling, so that at most a quarter of a block is
 * wasted. A freed block serves the next value of its size; blocks are never joined. The heap has the memory that the arrays leave. A
 * block holds a tag and the value behind it, which is what is hashed (docs/formats.md §3).
 */
import { flagsOf } from "./element";
import { arraysEnd, FREE_BLOCKS, isNode, PRESENT, VALUE, VALUE_LENGTH } from "./layout";
import { VALUE_BYTES_MAX } from "./profile";

export const TAG_VALUE: u32 = 2;
const CELL_BYTES: u32 = 64;
const PAGE_BYTES: u64 = 65536;
/** Memory grows by at least 16 MiB at a time, since growing invalidates the views of it. */
const GROWTH_PAGES: u32 = 256;
/** The last page stays free: no address may be 2^32. */
const PAGES_MAX: u32 = 65535;

/** Sizes that are multiples of 16 bytes. */
const SMALL_SIZES: u32 = 8;

let heapEnd: u64 = 0;
/** Bytes in blocks that hold values. */
export let heapUsed: u64 = 0;

export function initHeap(): void {
  heapEnd = (<u64>arraysEnd + 63) & ~63;
}

/** Cells that an element's value takes in the monitor's memory. */
// @ts-ignore: decorator
@inline
export function cellsOf(element: usize): u32 {
  return isNode(element) ? 0 : cellsFor(load<u32>(element, VALUE_LENGTH));
}

// @ts-ignore: decorator
@inline
export function cellsFor(length: u32): u32 {
  return (length + (CELL_BYTES - 1)) / CELL_BYTES;
}

/** Number of the size of the block for a value. */
// @ts-ignore: decorator
@inline
function sizeNumber(length: u32): u32 {
  if (length < 16 * SMALL_SIZES) return length >> 4;
  const log2 = 31 - <u32>clz<u32>(length);
  return SMALL_SIZES + ((log2 - 7) << 2) + ((length >> (log2 - 2)) & 3);
}

/** Bytes of a block of that size: one more, for the tag, than the longest value. */
// @ts-ignore: decorator
@inline
function sizeBytes(number: u32): u32 {
  if (number < SMALL_SIZES) return (number + 1) << 4;
  const log2 = 7 + ((number - SMALL_SIZES) >> 2);
  return (5 + ((number - SMALL_SIZES) & 3)) << (log2 - 2);
}

/** A block for a value of `length` bytes, its tag set; 0 if memory is at its end. */
export function allocate(length: u32): usize {
  const number = sizeNumber(length);
  let block = unlink(number);
  if (block == 0) block = extend(sizeBytes(number));
  // Larger ones will do when there is nothing else.
  for (let i = number + 1; block == 0 && i <= sizeNumber(VALUE_BYTES_MAX); i++) block = unlink(i);
  if (block == 0) return 0;
  heapUsed += sizeBytes(number);
  store<u8>(block, TAG_VALUE);
  return block;
}

function unlink(number: u32): usize {
  const head = FREE_BLOCKS + ((<usize>number) << 2);
  const block = <usize>load<u32>(head);
  if (block != 0) store<u32>(head, load<u32>(block));
  return block;
}

function extend(bytes: u32): usize {
  const block = heapEnd;
  const end = block + bytes;
  const pages = (end + PAGE_BYTES - 1) / PAGE_BYTES;
  if (pages > PAGES_MAX) return 0;
  const missing = <i32>pages - memory.size();
  if (missing > 0 && !grow(missing)) return 0;
  heapEnd = end;
  return <usize>block;
}

/** Would so many of the longest values fit, even if no freed block did? */
export function canExtendBy(values: u32): bool {
  const bytes = <u64>values * <u64>sizeBytes(sizeNumber(VALUE_BYTES_MAX));
  return heapEnd + bytes <= <u64>PAGES_MAX * PAGE_BYTES;
}

function grow(missing: i32): bool {
  const atOnce = min<i32>(max<i32>(missing, GROWTH_PAGES), <i32>PAGES_MAX - memory.size());
  return memory.grow(atOnce) >= 0 || memory.grow(missing) >= 0;
}

/** Gives a block for a value of `length` bytes back. */
export function release(block: usize, length: u32): void {
  const number = sizeNumber(length);
  const head = FREE_BLOCKS + ((<usize>number) << 2);
  store<u32>(block, load<u32>(head));
  store<u32>(head, <u32>block);
  heapUsed -= sizeBytes(number);
}

/** Do values of these lengths take blocks of one size? */
// @ts-ignore: decorator
@inline
export function fitsSameBlock(a: u32, b: u32): bool {
  return sizeNumber(a) == sizeNumber(b);
}

/** Does the record have a value? */
// @ts-ignore: decorator
@inline
export function isPresent(record: usize): bool {
  return (flagsOf(record) & PRESENT) != 0;
}

/** Address of a record's value. */
// @ts-ignore: decorator
@inline
export function valueOf(record: usize): usize {
  return <usize>load<u32>(record, VALUE) + 1;
}
