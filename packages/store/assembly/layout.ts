// SPDX-License-Identifier: Apache-2.0
/**
 * The memory map. Areas of fixed size come first; records, nodes, bitmap and index follow, each with room for the largest number of records.
 * That room is address space: a page is committed when it is first written, so the arrays cost what is in them. The index is the
 * exception, hashing spreads it over everything it has, so it starts small and doubles (key-index.ts).
 *
 * An element is a record or a node, named by its address. Both begin alike, so that most code need not ask which it is:
 *
 *    0 u64  record: key                 node: path, the key's bits below a leading one at position `depth` (`bytes`: as below)
 *    8      record: u64 value           node: two u32, the children: address, and in its low bits what the descriptor says of it
 *   16 u64  timestamp of the evict if it is in deferred memory, NEVER if it is in the tree
 *   24 u32  parent node
 *   28 u16  slot, NO_SLOT if it is in none
 *   30 u8   flags
 *   31 u8   record: how often it is used (uses.ts)   node: last epoch (modulo 256) in which it left a slot that a call had brought it to
 *   32      node: two hashes of 32 bytes, as the monitor's descriptors hold them
 *
 * Profile `bytes` has keys of 256 bits (W, docs/formats.md §1) and values of any length:
 *
 *    0 u64  the first 64 bits of the path: the least significant limb of W
 *    8      record: u32 address and u32 length of the value (value-heap.ts); the bytes stand behind the tag that is hashed with them
 *   32 3u64 the other limbs
 *   56 u16  node: its depth; loan: the thread that evicted it
 *   64      node: two hashes
 */
import {
  BATCH_MAX,
  BYTES,
  CALL_SLOTS_MAX,
  GROUP_BITS_MAX,
  LOG_BYTES,
  REQUESTS_BYTES,
  RESULTS_BYTES,
  SWEEP_MAX,
} from "./profile";

export const RECORD_BYTES: usize = BYTES ? 64 : 32;
export const NODE_BYTES: usize = BYTES ? 128 : 96;
/** Elements begin at multiples of this. */
export const GRAIN_LOG2: usize = BYTES ? 6 : 5;

export const KEY: usize = 0;
export const VALUE: usize = 8;
export const CHILDREN: usize = 8;
export const TIME: usize = 16;
export const PARENT: usize = 24;
export const SLOT: usize = 28;
export const FLAGS: usize = 30;
export const USES: usize = 31;
export const LAST_EPOCH: usize = 31;
export const HASHES: usize = BYTES ? 64 : 32;
export const VALUE_LENGTH: usize = 12;
export const HIGH_LIMBS: usize = 32;
export const DEPTH: usize = 56;
export const EVICTER: usize = 56;

// Low bits of a child's address.
/** The descriptor says that the child was handed to deferred memory. */
export const SIDE_DEFERRED: u32 = 1;
/** The child is in a slot and came there by AddM: the monitor's child slot is set. */
export const SIDE_LINKED: u32 = 2;
export const SIDE_FLAGS: u32 = 31;

// Places. Which one it is follows from slot and timestamp: so a record can leave its slot without anything being read of it.
export const IN_TREE: u32 = 0;
export const IN_SLOT: u32 = 1;
export const IN_DEFERRED: u32 = 2;
/** Slot numbers end at 65534. */
export const NO_SLOT: u32 = 0xffff;
/** No evict has this time: epochs end long before. */
export const NEVER: u64 = u64.MAX_VALUE;

// Flags of an element.
/** In a slot by AddM: hangs under its parent there. */
export const LINKED: u32 = 4;
/** Record: it has a value. */
export const PRESENT: u32 = 8;
/** In a slot only for the sake of an epoch's close. */
export const SWEPT: u32 = 16;
/** Must stay in its slot for now. */
export const PINNED: u32 = 32;
/** The hash in the parent's descriptor is that of the present value. */
export const HASH_CURRENT: u32 = 64;
/** Record (`bytes`): it was created, or its value was written, since it was last taken for storage (changes.ts). Bits 0 and 1 are free. */
export const CHANGED: u32 = 128;

// ---- Fixed areas -------------------------------------------------------------------------------------------------------------------

/** Static tables and the scratch memory of the hash functions stand before this. */
const FIXED: usize = 0x4000;
/** u32 each: elements on the way down to the one that is wanted; a path has at most 65 (`bytes`: 257). */
export const PATH: usize = FIXED;
/** u32 each: elements that must stay, in the order of pinning. */
export const PINS: usize = FIXED + 0x800;
/** One tagged value. */
export const SCRATCH: usize = FIXED + 0xc00;
/** u32 each: where frames of the log end (`bytes`). */
export const FRAME_ENDS: usize = FIXED + 0xe00;
/** 256 u32: the counts of one pass of the sort. */
export const SORT_COUNTS: usize = FIXED + 0x1000;
/** 256 u32: elements to be demoted, by the first byte of their ranks. */
export const RANK_COUNTS: usize = FIXED + 0x3000;
/** u32 each: the node at which a group of keys begins (tops.ts), 0 if another worker owns them. */
export const TOPS: usize = FIXED + 0x2000;

/** u32 each: records that visit (visitors.ts), as many as a call, or a group of operations, may bring. */
export const VISITORS: usize = FIXED + 0x1400;
export const VISITORS_MAX: u32 = 128;

/** u32 each: records of a group of operations that are in the tree, and the elements that the climb above them has come to (cold-records.ts). */
export const COLD: usize = FIXED + 0x1600;
export const CLIMBERS: usize = FIXED + 0x1700;

/** Eight vectors: the key of the unkeyed BLAKE3 in every lane. */
export const DIGEST_KEY: usize = FIXED + 0x1980;
/** Four padded blocks: keys to be hashed together. */
export const KEY_BLOCKS: usize = FIXED + 0x1a00;

/** u32 each: free blocks of each size (value-heap.ts). */
export const FREE_BLOCKS: usize = FIXED + 0x4800;
/** Records of other workers, for one call (lend.ts): elements like those at RECORDS, which the index does not know. */
export const LOANS: usize = FIXED + 0x5000;
export const LOANS_END: usize = LOANS + <usize>CALL_SLOTS_MAX * RECORD_BYTES;
/** The call of any function (call.ts), per record: u32 record; u32 address and u32 length of its value; the same of the value afterwards. */
export const CALL_RECORDS: usize = LOANS_END;
export const CALL_BEFORE: usize = CALL_RECORDS + 4 * <usize>CALL_SLOTS_MAX;
export const CALL_AFTER: usize = CALL_BEFORE + 8 * <usize>CALL_SLOTS_MAX;
/** Digests of keys, as limbs: of a call, or of the calls that a batch looks at together (kv-batch.ts), which are fewer. */
export const DIGESTS: usize = CALL_AFTER + 8 * <usize>CALL_SLOTS_MAX;
const DIGESTS_END: usize = DIGESTS + 32 * <usize>CALL_SLOTS_MAX;

/** Per slot: u32 element, 0 if empty. */
export const SLOT_ELEMENTS: usize = 0x10000;
/** Per slot: u8, what turns.ts and slots.ts know of it. */
export const SLOT_USES: usize = SLOT_ELEMENTS + 4 * 65536;
/** u16 each: a stack of the empty slots. */
export const FREE_SLOTS: usize = SLOT_USES + 65536;

/** Per slot: u16, cells of the monitor's value memory that its record takes (`bytes`). */
export const SLOT_CELLS: usize = FREE_SLOTS + 2 * 65536;

/** u16 each: two queues of slots, each with room for all of them (turns.ts). */
export const NEWCOMERS: usize = SLOT_CELLS + 2 * 65536;
export const RESIDENTS: usize = NEWCOMERS + 2 * 65536;

/** Per operation: u64 key, u64 value; the answer replaces the value. */
export const BATCH: usize = RESIDENTS + 2 * 65536;
/** Per operation: u8 kind; 0 or 1, was there a value before, replaces it. */
export const BATCH_KINDS: usize = BATCH + 16 * <usize>BATCH_MAX;
/** Per operation: u32 record, 0 if there is none. */
export const BATCH_RECORDS: usize = BATCH_KINDS + <usize>BATCH_MAX;

/** Per record that leaves its slot for a group of operations: u64 record, u64 time. */
export const VICTIMS: usize = BATCH_RECORDS + 4 * <usize>BATCH_MAX;

/** u32 element and u32 rank each: what a round demotes, and a second copy to sort into. */
export const SWEEP: usize = VICTIMS + 16 * 64;
export const SWEEP_BYTES: usize = 8 * <usize>SWEEP_MAX;

/** Calls and their results, one after the other (`bytes`). */
export const REQUESTS: usize = SWEEP + 2 * SWEEP_BYTES;
export const RESULTS: usize = REQUESTS + (BYTES ? <usize>REQUESTS_BYTES : 0);
/** Per call: u32, the end of its result. */
export const RESULT_ENDS: usize = RESULTS + (BYTES ? <usize>RESULTS_BYTES : 0);

export const LOG: usize = RESULT_ENDS + (BYTES ? 4 * <usize>BATCH_MAX : 0);
/** Writers of the log may touch a few bytes past the end. */
export const RECORDS: usize = LOG + <usize>LOG_BYTES + 64;

// ---- Areas that depend on the number of records ------------------------------------------------------------------------------------

/** The first node; elements before it are records. */
export let nodes: usize = 0;
/** One bit per grain: an element that begins there is in deferred memory. */
export let bitmap: usize = 0;
/** u32 per position. */
export let index: usize = 0;

/** What follows the index. */
export let arraysEnd: usize = 0;

/** Addresses after the last record and node in use. */
export let recordsEnd: usize = 0;
export let nodesEnd: usize = 0;

const PAGE_BYTES: u64 = 65536;

/** Places the arrays for `records` records and an index of at most `positions`; false if that is more than 4 GiB. */
export function placeArrays(records: u32, positions: u64): bool {
  if (__heap_base > FIXED || DIGESTS_END > SLOT_ELEMENTS) return false;
  const nodesAt = <u64>RECORDS + <u64>records * <u64>RECORD_BYTES;
  // One node fewer than records, the root, and every node down to those of groups of keys.
  const nodesMost = <u64>records + 1 + ((<u64>2) << GROUP_BITS_MAX);
  const bitmapAt = nodesAt + nodesMost * <u64>NODE_BYTES;
  const indexAt = bitmapAt + ((((bitmapAt - <u64>RECORDS) >> (GRAIN_LOG2 + 6)) + 1) << 3);
  const pages = (indexAt + 4 * positions + PAGE_BYTES - 1) / PAGE_BYTES;
  if (pages > 65535) return false;
  const missing = <i32>pages - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return false;
  nodes = <usize>nodesAt;
  bitmap = <usize>bitmapAt;
  index = <usize>indexAt;
  arraysEnd = <usize>(indexAt + 4 * positions);
  recordsEnd = RECORDS;
  nodesEnd = nodes;
  return true;
}

/** A new element, all zero. The caller made sure that there is room. */
export function newRecord(): usize {
  const record = recordsEnd;
  recordsEnd += RECORD_BYTES;
  return record;
}

export function newNode(): usize {
  const node = nodesEnd;
  nodesEnd += NODE_BYTES;
  return node;
}

// @ts-ignore: decorator
@inline
export function isNode(element: usize): bool {
  return element >= nodes;
}
