// SPDX-License-Identifier: Apache-2.0
/**
 * The memory map. There is no allocator: every area has a fixed place, sized by a limit, and only slots and value cells depend on what
 * the loader asks for. Integers inside areas are little endian (WebAssembly's own order); hashes and application bytes are as in the log.
 *
 *   0                static tables and scratch memory of the hash functions (placed by the compiler, far below FIXED)
 *   FIXED            single records, keys, hash states
 *   QUEUE            four set-hash elements that wait to be compressed together
 *   NODE_DIGESTS     value hashes of nodes that come in, found before their turn
 *   EPOCHS           accumulators of the open epochs
 *   FRAME            the private copy of the log frame: the only place that is ever parsed
 *   SCRATCH          one encoded record or value
 *   LEAVES           receipt leaves of the frame (profile bytes)
 *   EXCHANGE         a call of a service's function on its way to the loader and back (profile bytes)
 *   INCOMING, SLOTS  the store: what every record has, one cache line each
 *   descriptors      the store: the two descriptors of each node
 *   links, cells     value memory (profile bytes)
 */
import {
  BYTES,
  CALL_SLOTS_MAX,
  FRAME_BYTES_MAX,
  KEY_BYTES_MAX,
  SERVICE_CALL_BYTES_MAX,
  SERVICE_CALL_SLOTS_MAX,
  THREAD_EPOCHS_OPEN_MAX,
  VALUE_BYTES_MAX,
} from "./profile";

// ---- Key holders -------------------------------------------------------------------------------------------------------------------
// Slots, incoming records, descriptors and the last evicted key carry their base key at the same offsets, so that one set of
// functions (base-key.ts) serves all of them.

/** u16: depth of the base key, 0..256. */
export const KEY_DEPTH: usize = 4;
/** 32 bytes: W as four u64 limbs, least significant first. */
export const KEY_BITS: usize = 16;

// ---- Slots -------------------------------------------------------------------------------------------------------------------------
// 64 bytes, one cache line: calls on application records touch no other. The descriptors of nodes stand in an area of their own, or the
// lines that calls need would lie 256 bytes apart, and use a quarter of the cache's sets.
//
//   0 u8  kind            4 u16 depth         10 u16 parent slot       48.. kv64 application: key 8, value 8 (as in the log)
//   1 u8  method          6 u16 left child    12 u16 parent direction  48.. bytes application: u32 length, u32 first cell
//   2 u8  value present   8 u16 right child   16 32B W

export const SLOT_BYTES: usize = 64;
export const SLOT_BYTES_LOG2: u32 = 6;

export const SLOT_KIND: usize = 0;
export const SLOT_METHOD: usize = 1;
export const SLOT_PRESENT: usize = 2;
/** Two u16, indexed by direction. */
export const SLOT_CHILDREN: usize = 6;
export const SLOT_PARENT: usize = 10;
export const SLOT_PARENT_DIRECTION: usize = 12;

export const KV64_KEY: usize = 48;
export const KV64_VALUE: usize = 56;
export const VALUE_LENGTH: usize = 48;
/** In a slot: the first cell. In an incoming record: the address of the bytes in the frame. */
export const VALUE_PLACE: usize = 52;
export const KIND_EMPTY: u32 = 0;
export const KIND_APPLICATION: u32 = 1;
export const KIND_INTERNAL: u32 = 2;
export const METHOD_M: u32 = 0;
export const METHOD_B: u32 = 1;
/** No child or no parent: slot numbers end at 65534. */
export const NO_SLOT: u32 = 0xffff;

// ---- Descriptors: 80 bytes, key holders --------------------------------------------------------------------------------------------

export const DESCRIPTOR_BYTES: usize = 80;
/** Both descriptors of a node. */
export const DESCRIPTORS_BYTES: usize = 2 * DESCRIPTOR_BYTES;
/** u8: 0 nothing below on this side, 1 a record. */
export const DESCRIPTOR_PRESENT: usize = 0;
/** u8: the record was handed to deferred memory. */
export const DESCRIPTOR_IN_DEFERRED: usize = 1;
export const DESCRIPTOR_HASH: usize = 48;

// ---- Fixed areas -------------------------------------------------------------------------------------------------------------------

/** Static tables and the scratch memory of the hash functions take less than 4 KiB and stand before this. */
export const FIXED: usize = 0x4000;

/** Key holder: the last evicted key. */
export const LAST_EVICTED: usize = FIXED;
/** 32 secret bytes of the instance. */
export const SET_HASH_KEY: usize = FIXED + 0x200;
/** BLAKE3 keys of the two receipt contexts. */
export const LEAF_KEY: usize = FIXED + 0x220;
export const NODE_KEY: usize = FIXED + 0x240;
/** Digests on their way: value hash, key digest, argument, result, receipt node. */
export const DIGEST: usize = FIXED + 0x260;
export const KEY_DIGEST: usize = FIXED + 0x280;
export const ARGUMENT_DIGEST: usize = FIXED + 0x2a0;
export const RESULT_DIGEST: usize = FIXED + 0x2c0;
/** 64 bytes: left and right child of a receipt node. */
export const NODE_INPUT: usize = FIXED + 0x300;
/** 87 bytes of a receipt leaf. */
export const LEAF_INPUT: usize = FIXED + 0x340;
/** What the loader hands to the aggregator: u32 epoch, then the numbers of epochs.ts. */
export const CONTRIBUTION: usize = FIXED + 0x400;
/** Values of incoming nodes that are hashed together, and the key of the unkeyed BLAKE3 in every lane (`bytes`). */
export const NODE_LANES: usize = FIXED + 0x500;
export const NODE_LANE_BYTES: usize = 256;
export const NODE_KEY_LANES: usize = NODE_LANES + 4 * NODE_LANE_BYTES;
/** u32 each: the slots of the call, and where in the frame the items of a mini-transaction stand (`bytes`). */
export const CALL_SLOTS: usize = NODE_KEY_LANES + 128;
export const CALL_ITEMS: usize = CALL_SLOTS + 4 * <usize>CALL_SLOTS_MAX;

// ---- Queue of the set hash ---------------------------------------------------------------------------------------------------------

/** Per element: where it goes (address of an accumulator) and its length. */
export const QUEUE_TARGETS: usize = FIXED + 0x1000;
export const QUEUE_LENGTHS: usize = QUEUE_TARGETS + 16;
/** Eight vectors: the set-hash key in every lane. */
export const QUEUE_KEY: usize = QUEUE_TARGETS + 64;
/** The same for the queue of short elements, and their buffers: 32 bytes each. */
export const SHORT_TARGETS: usize = QUEUE_KEY + 128;
export const SHORT_LENGTHS: usize = SHORT_TARGETS + 16;
export const SHORTS: usize = SHORT_LENGTHS + 16;
/** Lane buffers: one BLAKE3 chunk each. */
export const QUEUE_LANES: usize = SHORTS + 4 * 32 + 32;
export const QUEUE_LANE_BYTES: usize = 1024;

// ---- Digests of nodes that come in -------------------------------------------------------------------------------------------------

/** A path to one of a million records has some twenty nodes. */
export const NODE_DIGESTS_MAX: usize = 64;
export const NODE_DIGESTS: usize = QUEUE_LANES + 4 * QUEUE_LANE_BYTES;

// ---- Epochs ------------------------------------------------------------------------------------------------------------------------

export const EPOCHS: usize = 0x8000;
/** A set hash: four u64 lanes, u64 count, 8 unused. */
export const ACCUMULATOR_BYTES: usize = 48;
export const ACCUMULATOR_COUNT: usize = 32;

/** An epoch's entry: add and evict accumulator, u64 number of the epoch (`kv64`), u64 leaf count and the frontier of receipts.ts. */
export const EPOCH_ADD: usize = 0;
export const EPOCH_EVICT: usize = ACCUMULATOR_BYTES;
export const EPOCH_NUMBER: usize = 2 * ACCUMULATOR_BYTES;
export const EPOCH_LEAF_COUNT: usize = EPOCH_NUMBER + 8;
export const EPOCH_FRONTIER: usize = 128;
/** 40 levels: a certificate allows receipt paths of that length. */
export const EPOCH_BYTES: usize = EPOCH_FRONTIER + 40 * 32;
/** u64 per epoch: application calls. */
export const OPERATIONS: usize = EPOCHS + EPOCH_BYTES * THREAD_EPOCHS_OPEN_MAX;

// ---- Frame and what follows --------------------------------------------------------------------------------------------------------

export const FRAME: usize = 0x20000;

/** The longest record is an application record of profile bytes: 1 + 32 + 1 + 4 + value; a timestamp and a thread follow it. */
export const SCRATCH: usize = FRAME + FRAME_BYTES_MAX;
const SCRATCH_BYTES: usize = BYTES ? VALUE_BYTES_MAX + 1024 : 1024;

/** The shortest call with a request id takes 26 bytes of log (tag, function, length, flag, id, count, slot), its leaf 32. */
export const LEAVES: usize = SCRATCH + SCRATCH_BYTES;
const LEAVES_BYTES: usize = BYTES ? (FRAME_BYTES_MAX / 26 + 1) * 32 : 0;

/**
 * What the loader needs for a call: u32 function, u32 address and u32 length of the argument, u32 number of slots (0: the call is refused
 * whatever it is, only the argument matters); per slot u32 length of the value ({@link NO_VALUE}: absent) and u32 its address.
 */
export const EXCHANGE: usize = (LEAVES + LEAVES_BYTES + 255) & ~255;
export const EXCHANGE_SLOTS: usize = 16;
export const NO_VALUE: u32 = 0xffffffff;
/** What the loader answers: u32 number of keys, u32 length of the result; per key u32 its length, u32 change, u32 length of the new value. */
export const ANSWER: usize = EXCHANGE + 256;
export const ANSWER_KEYS: usize = 16;
export const ANSWER_KEY_BYTES: usize = 12;
export const CHANGE_KEEP: u32 = 0;
export const CHANGE_DELETE: u32 = 1;
export const CHANGE_WRITE: u32 = 2;
/** Values that do not stand in one cell, the keys, the result, the new values: a place for the longest of each. */
export const EXCHANGE_VALUES: usize = ANSWER + 256;
export const ANSWER_KEY_PLACES: usize =
  EXCHANGE_VALUES + <usize>SERVICE_CALL_SLOTS_MAX * SERVICE_CALL_BYTES_MAX;
export const ANSWER_RESULT: usize = ANSWER_KEY_PLACES + <usize>SERVICE_CALL_SLOTS_MAX * KEY_BYTES_MAX;
export const ANSWER_VALUES: usize = ANSWER_RESULT + SERVICE_CALL_BYTES_MAX;
const EXCHANGE_END: usize = ANSWER_VALUES + <usize>SERVICE_CALL_SLOTS_MAX * SERVICE_CALL_BYTES_MAX;

/** The record of the entry that is being executed, as a slot, which has descriptors as slots have. On a cache line. */
export const INCOMING: usize = BYTES ? EXCHANGE_END : EXCHANGE;
export const SLOTS: usize = INCOMING + SLOT_BYTES;

/** Descriptors lie three times as far apart as slots, so that finding them takes a multiplication by a small number. */
const DESCRIPTORS_SPREAD: usize = 3;
/** Address of a slot's descriptors less three times the slot's. */
let descriptorsShift: usize = 0;

/** Places what follows the slots; returns the address after it. */
export function placeSlots(count: u32): usize {
  const end = SLOTS + ((<usize>count) << SLOT_BYTES_LOG2);
  descriptorsShift = end - INCOMING * DESCRIPTORS_SPREAD;
  return end + (<usize>count + 1) * SLOT_BYTES * DESCRIPTORS_SPREAD;
}

/** Do the areas follow one another without overlap? All constants: the compiler reduces this to one comparison. */
export function layoutHolds(): bool {
  return (
    __heap_base <= FIXED &&
    CALL_ITEMS + 4 * <usize>CALL_SLOTS_MAX <= QUEUE_TARGETS &&
    NODE_DIGESTS + 32 * NODE_DIGESTS_MAX <= EPOCHS &&
    OPERATIONS + 8 * <usize>THREAD_EPOCHS_OPEN_MAX <= FRAME &&
    DESCRIPTORS_BYTES <= SLOT_BYTES * DESCRIPTORS_SPREAD
  );
}

/** Address of slot `index`, which must be below the number of slots. */
// @ts-ignore: decorator
@inline
export function slotAt(index: u32): usize {
  return SLOTS + ((<usize>index) << SLOT_BYTES_LOG2);
}

// @ts-ignore: decorator
@inline
export function childOf(slot: usize, direction: u32): u32 {
  return load<u16>(slot + ((<usize>direction) << 1), SLOT_CHILDREN);
}

// @ts-ignore: decorator
@inline
export function setChild(slot: usize, direction: u32, child: u32): void {
  store<u16>(slot + ((<usize>direction) << 1), child, SLOT_CHILDREN);
}

/** Descriptor of an internal record, in a slot or incoming, on one side. */
// @ts-ignore: decorator
@inline
export function descriptorOf(slot: usize, direction: u32): usize {
  return descriptorsShift + slot * DESCRIPTORS_SPREAD + (<usize>direction) * DESCRIPTOR_BYTES;
}
