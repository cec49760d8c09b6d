// SPDX-License-Identifier: Apache-2.0
/**
 * The elements that an epoch's close demotes, in the order of their paths, each node after everything below it: so the nodes above are
 * fetched once and hashed once, when their last child has left (H7). Path bits beyond the first 32 are not compared: order is only thrift.
 *
 * Memory holds so many of them, a round. More are swept in several rounds, each over a range of paths: so order holds across rounds too.
 */
import { depthOf, pathOf } from "./element";
import { isNode, RANK_COUNTS, SORT_COUNTS, SWEEP, SWEEP_BYTES } from "./layout";
import { roundMax } from "./policy";
import { BYTES, SWEEP_MAX } from "./profile";

/** Elements of this round. */
export let sweepCount: u32 = 0;
/** Elements of all rounds. */
export let chosen: u32 = 0;

/** This round takes elements whose ranks begin with a byte from `first` to before `end`. */
let first: u32 = 0;
let end: u32 = 0;
/** More elements of the range than a round holds: it must be taken again. */
let isCut: bool = false;

/** Begins a close. */
export function initSweep(): void {
  memory.fill(RANK_COUNTS, 0, 1024);
  chosen = 0;
  sweepCount = 0;
}

/** Notes an element that is to be demoted. As long as one round holds them all, it is of that round. */
export function choose(element: usize): void {
  const rank = rankOf(element);
  const count = RANK_COUNTS + ((<usize>(rank >> 24)) << 2);
  store<u32>(count, load<u32>(count) + 1);
  chosen++;
  if (sweepCount < roundMax) append(element, rank);
}

/** After everything was chosen: must there be several rounds? Then {@link nextRound} begins each. */
export function needsRounds(): bool {
  end = 0;
  isCut = false;
  return chosen > sweepCount;
}

/** False after the last. */
export function nextRound(): bool {
  sweepCount = 0;
  if (isCut) {
    isCut = false;
    return true;
  }
  if (end == 256) return false;
  first = end;
  let sum = countAt(end++);
  while (end < 256 && sum + countAt(end) <= roundMax) sum += countAt(end++);
  return true;
}

// @ts-ignore: decorator
@inline
function countAt(byte: u32): u32 {
  return load<u32>(RANK_COUNTS + ((<usize>byte) << 2));
}

/** Takes an element that was chosen into the round, if it is of its range and there is room. */
export function takeIntoRound(element: usize): void {
  const rank = rankOf(element);
  const byte = rank >> 24;
  if (byte < first || byte >= end) return;
  if (sweepCount < roundMax) append(element, rank);
  else isCut = true;
}

/** Begins a round of the caller's own choice (seal.ts). */
export function clearRound(): void {
  sweepCount = 0;
}

/** Takes an element into such a round; false if there is no more room. */
export function addToRound(element: usize): bool {
  if (sweepCount == SWEEP_MAX) return false;
  append(element, rankOf(element));
  return true;
}

function append(element: usize, rank: u32): void {
  const at = SWEEP + ((<usize>sweepCount) << 3);
  store<u32>(at, <u32>element);
  store<u32>(at, rank, 4);
  sweepCount++;
}

/** An element of the round; 0 after the last. */
export function sweepAt(position: u32): usize {
  return position < sweepCount ? <usize>load<u32>(SWEEP + ((<usize>position) << 3)) : 0;
}

/** The path, its first bit the most significant; beyond a node's end ones, so that it comes after its descendants. */
function rankOf(element: usize): u32 {
  const reversed = reverseBits(<u32>pathOf(element));
  if (!isNode(element)) return reversed;
  const depth = depthOf(element);
  return depth < 32 ? reversed | (0xffffffff >> depth) : reversed;
}

function reverseBits(word: u32): u32 {
  word = ((word >> 1) & 0x55555555) | ((word & 0x55555555) << 1);
  word = ((word >> 2) & 0x33333333) | ((word & 0x33333333) << 2);
  word = ((word >> 4) & 0x0f0f0f0f) | ((word & 0x0f0f0f0f) << 4);
  return bswap<u32>(word);
}

/** Radix sort, least significant digit first: by height, then by the four bytes of the rank. Five passes; one more copies it back. */
export function sortSweep(): void {
  let from = SWEEP;
  let to = SWEEP + SWEEP_BYTES;
  for (let pass: i32 = -1; pass < 4; pass++) {
    sortBy(pass, from, to);
    const swapped = from;
    from = to;
    to = swapped;
  }
  memory.copy(SWEEP, from, (<usize>sweepCount) << 3);
}

/** Pass -1: records, then nodes from the deepest up. */
// @ts-ignore: decorator
@inline
function digit(pass: i32, at: usize): u32 {
  if (pass >= 0) return (load<u32>(at, 4) >> (pass << 3)) & 0xff;
  const element = <usize>load<u32>(at);
  return isNode(element) ? (BYTES ? 256 : 64) - depthOf(element) : 0;
}

function sortBy(pass: i32, from: usize, to: usize): void {
  memory.fill(SORT_COUNTS, 0, 1024);
  const end = from + ((<usize>sweepCount) << 3);
  for (let at = from; at < end; at += 8) {
    const count = SORT_COUNTS + ((<usize>digit(pass, at)) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let sum: u32 = 0;
  for (let count = SORT_COUNTS; count < SORT_COUNTS + 1024; count += 4) {
    const here = load<u32>(count);
    store<u32>(count, sum);
    sum += here;
  }
  for (let at = from; at < end; at += 8) {
    const count = SORT_COUNTS + ((<usize>digit(pass, at)) << 2);
    const position = load<u32>(count);
    store<u32>(count, position + 1);
    store<u64>(to + ((<usize>position) << 3), load<u64>(at));
  }
}
