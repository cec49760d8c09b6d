// SPDX-License-Identifier: Apache-2.0
/**
 * AddB, EvictB and EvictBM: records between the store and deferred memory (PROTOCOL §4.3 to §4.5). What the host claims in AddB is not
 * verified here: the claim enters the add set, and an epoch whose add and evict sets differ is never certified.
 */
import { copyBytes } from "@zeta/hashes/copy";
import { copyKey, depthOf, direction, isBelow, isSmaller, sameKey, setRoot } from "./base-key";
import {
  B_bounds,
  B_epoch,
  B_root,
  B_slot,
  C_ovf,
  D_short,
  H_count,
  L_memory,
  T_ring,
  V_badd,
  V_kids,
  V_root,
  V_slot,
  V_time,
  W_blum,
  W_desc,
  W_madd,
  W_par,
  W_ptr,
  W_slots,
} from "./checks";
import { canCount } from "./accumulator";
import { advance, cursor, has, readRecord, readTime, readU16 } from "./decode";
import { recordBytes, writeRecord } from "./encode";
import { epochEntry } from "./epochs";
import {
  descriptorOf,
  DESCRIPTOR_IN_DEFERRED,
  DESCRIPTOR_PRESENT,
  EPOCH_ADD,
  EPOCH_EVICT,
  INCOMING,
  KIND_EMPTY,
  LAST_EVICTED,
  METHOD_B,
  METHOD_M,
  NO_SLOT,
  setChild,
  slotAt,
} from "./layout";
import { DONE, fail, malformed, MALFORMED, refuse } from "./outcome";
import { addShort, isShort } from "./short-elements";
import { finishElement, startElement } from "./set-hash";
import {
  clear,
  hangsUnder,
  hasChildren,
  incomingFits,
  install,
  isSlot,
  isUsed,
  kindOf,
  methodOf,
} from "./slots";
import { clock, COUNTER_MAX, counterOf, epochOf, lastVerified, setClock, threadId } from "./state";

/** Timestamp and thread behind the record: what makes it an element. */
const STAMP_BYTES: u32 = 10;

/** §4.3 AddB(s, t, j, record): brings a record in that thread j is said to have evicted at t. */
export function addB(): i32 {
  const start = cursor;
  const end = readRecord(start);
  if (!end) return MALFORMED;
  if (!has(end, 12)) return malformed(D_short);
  const s = readU16(end);
  const time = readTime(end + 2);
  advance(end + 12);

  if (!isSlot(s)) return fail(B_bounds);
  // B.type: as M.type, by the encoding.
  if (depthOf(INCOMING) == 0) return fail(B_root);
  const slot = slotAt(s);
  if (kindOf(slot) != KIND_EMPTY) return fail(B_slot);
  const epoch = epochOf(time);
  if (<i64>epoch <= lastVerified) return fail(B_epoch);

  // H.epochOfT: the element belongs to the epoch of t, which may lie before or after this thread's clock.
  const entry = epochEntry(epoch);
  if (!entry) return refuse(T_ring);
  if (!canCount(entry + EPOCH_ADD)) return refuse(H_count);
  addIncoming(entry + EPOCH_ADD, start, <u32>(end - start));
  // The clock would have to become t + 1. Reported after the element was counted, as the reference does; the thread is lost either way.
  if (counterOf(time) == COUNTER_MAX) return fail(C_ovf);
  if (!incomingFits()) return refuse(L_memory);

  // B.clock: whatever this thread evicts from now on is later than the evict that it consumed.
  if (time + 1 > clock) {
    setClock(time + 1);
    // B.lekreset: only when the clock moved, or the same (t, key) could be evicted twice.
    setRoot(LAST_EVICTED);
  }
  install(slot, METHOD_B);
  return DONE;
}

/**
 * The element is the record exactly as in the log (H.key, H.val), then timestamp (H.ts) and thread (H.tid). The encoding is canonical, so
 * the bytes of the frame are the bytes that EvictB writes.
 */
function addIncoming(accumulator: usize, start: usize, length: u32): void {
  // Behind the record stand u16 slot, timestamp, u16 thread.
  const stamp = start + length + 2;
  const time = load<u64>(stamp);
  const thread = load<u16>(stamp, 8);
  if (isShort(INCOMING)) {
    addShort(accumulator, INCOMING, time, thread);
    return;
  }
  const element = startElement(length + STAMP_BYTES);
  copyBytes(element, start, length);
  store<u64>(element + length, time);
  store<u16>(element + length, thread, 8);
  finishElement(accumulator, length + STAMP_BYTES);
}

/** §4.4 EvictB(s, t): hands a record that came from deferred memory back to it. */
export function evictB(): i32 {
  const at = cursor;
  if (!has(at, 10)) return malformed(D_short);
  const s = readU16(at);
  const time = readTime(at + 2);
  advance(at + 10);

  const refusal = checkEvictable(s, time);
  if (refusal) return fail(refusal);
  const slot = slotAt(s);
  if (methodOf(slot) != METHOD_B) return fail(V_badd);
  return leave(slot, time);
}

/** §4.5 EvictBM(s, s', t): hands a record that came from the tree over to deferred memory. */
export function evictBM(): i32 {
  const at = cursor;
  if (!has(at, 12)) return malformed(D_short);
  const s = readU16(at), p = readU16(at + 2);
  const time = readTime(at + 4);
  advance(at + 12);

  const refusal = checkEvictable(s, time);
  if (refusal) return fail(refusal);
  if (s == p || !isUsed(p)) return fail(W_slots);
  const slot = slotAt(s), parent = slotAt(p);
  if (methodOf(slot) != METHOD_M) return fail(W_madd);
  if (!isBelow(slot, parent)) return fail(W_desc);
  const d = direction(slot, depthOf(parent));
  const known = descriptorOf(parent, d);
  if (!load<u8>(known, DESCRIPTOR_PRESENT) || !sameKey(known, slot)) return fail(W_ptr);
  if (load<u8>(known, DESCRIPTOR_IN_DEFERRED)) return fail(W_blum);
  if (!hangsUnder(slot, p, d)) return fail(W_par);

  const outcome = leave(slot, time);
  if (outcome != DONE) return outcome;
  // W.setB: the parent keeps the stale hash and remembers not to use it.
  store<u8>(known, 1, DESCRIPTOR_IN_DEFERRED);
  setChild(parent, d, NO_SLOT);
  return DONE;
}

/** The checks that EvictB and EvictBM share; `ok` (0) if all hold. */
// @ts-ignore: decorator
@inline
function checkEvictable(s: u32, time: u64): i32 {
  if (!isUsed(s)) return V_slot;
  const slot = slotAt(s);
  if (depthOf(slot) == 0) return V_root;
  // (clock, lek) < (t, k), strictly (V.strict).
  if (time < clock) return V_time;
  if (time == clock && !isSmaller(LAST_EVICTED, slot)) return V_time;
  if (hasChildren(slot)) return V_kids;
  return 0;
}

/** The record leaves into the evict set of t's epoch, stamped with t (H.ts) and this thread's own number (H.tid). */
function leave(slot: usize, time: u64): i32 {
  const entry = epochEntry(epochOf(time));
  if (!entry) return refuse(T_ring);
  const accumulator = entry + EPOCH_EVICT;
  if (!canCount(accumulator)) return refuse(H_count);
  addEvicted(accumulator, slot, bswap<u64>(time), bswap<u16>(<u16>threadId));

  // V.clock: the evict's (t, k) is the new (clock, lek).
  setClock(time);
  copyKey(LAST_EVICTED, slot);
  clear(slot);
  return DONE;
}

/** The element of a record in a slot; time and thread as they stand in a log. */
// @ts-ignore: decorator
@inline
function addEvicted(accumulator: usize, slot: usize, time: u64, thread: u16): void {
  if (isShort(slot)) {
    addShort(accumulator, slot, time, thread);
    return;
  }
  const length = recordBytes(slot) + STAMP_BYTES;
  const stamp = writeRecord(startElement(length), slot);
  store<u64>(stamp, time);
  store<u16>(stamp, thread, 8);
  finishElement(accumulator, length);
}
