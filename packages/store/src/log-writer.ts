// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { FRAME_BYTES_MAX, REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import { ENTRY_TYPES, type EntryType } from "@zeta/protocol/log-entry";
import { type Element, NO_SLOT, type TreeNode } from "./element.ts";
import { MERKLE_VALUE_BYTES_MAX, putBaseKey, putMerkleValue } from "./merkle-value-bytes.ts";
import { StoredRecord } from "./record.ts";

const tagOf = (type: EntryType): number => ENTRY_TYPES.indexOf(type);
const ADD_M = tagOf("AddM");
const ADD_B = tagOf("AddB");
const EVICT_M = tagOf("EvictM");
const EVICT_B = tagOf("EvictB");
const EVICT_BM = tagOf("EvictBM");
const NEXT_EPOCH = tagOf("NextEpoch");
const VERIFY_EPOCH = tagOf("VerifyEpoch");
const RUN_APP = tagOf("RunApp");

const CAPACITY_FIRST = 64 * 1024;
/**
 * Everything of an entry but value and payload: tag, record head, slots, timestamp, thread, and a
 * whole Merkle value.
 */
const ENTRY_HEAD_BYTES_MAX = 64 + MERKLE_VALUE_BYTES_MAX;

/**
 * Writes log entries (docs/formats.md §2) straight into one growing buffer and cuts it into frames
 * between entries.
 */
export class LogWriter {
  #bytes = new Uint8Array(CAPACITY_FIRST);
  #length = 0;
  #frames: Uint8Array[] = [];
  #framedBytes = 0;

  /** Bytes written and not yet drained. */
  get pendingBytes(): number {
    return this.#framedBytes + this.#length;
  }

  /** Takes everything written so far, as frames that the writer does not touch again. */
  drain(): Uint8Array[] {
    this.#cut();
    const frames = this.#frames;
    this.#frames = [];
    this.#framedBytes = 0;
    return frames;
  }

  /**
   * @param slot Slots of the record and its parent. The record is written with its present value.
   */
  addM(element: Element, slot: number, parent: TreeNode): void {
    this.#begin(ADD_M, valueBytes(element));
    this.#record(element);
    this.#slot(slot);
    this.#slot(parent.slot);
  }

  addB(element: Element, slot: number): void {
    this.#begin(ADD_B, valueBytes(element));
    this.#record(element);
    this.#slot(slot);
    this.#time(element);
    this.#u16(element.thread);
  }

  evictM(element: Element, parent: TreeNode): void {
    this.#begin(EVICT_M, 0);
    this.#slot(element.slot);
    this.#slot(parent.slot);
  }

  /** At the element's own timestamp. */
  evictB(element: Element): void {
    this.#begin(EVICT_B, 0);
    this.#slot(element.slot);
    this.#time(element);
  }

  /** At the element's own timestamp. */
  evictBM(element: Element, parent: TreeNode): void {
    this.#begin(EVICT_BM, 0);
    this.#slot(element.slot);
    this.#slot(parent.slot);
    this.#time(element);
  }

  nextEpoch(): void {
    this.#begin(NEXT_EPOCH, 0);
  }

  verifyEpoch(): void {
    this.#begin(VERIFY_EPOCH, 0);
  }

  /** The call of a function over records that are in slots. */
  runApp(
    functionNumber: number,
    requestId: Uint8Array | null,
    records: readonly Element[],
    argument: Uint8Array,
  ): void {
    const idBytes = requestId === null ? 0 : REQUEST_ID_BYTES;
    const payloadBytes = 1 + idBytes + 1 + 2 * records.length + argument.length;
    this.#begin(RUN_APP, payloadBytes);
    this.#u8(functionNumber);
    this.#u32(payloadBytes);
    this.#u8(requestId === null ? 0 : 1);
    if (requestId !== null) this.#copy(requestId);
    this.#u8(records.length);
    for (const record of records) this.#slot(record.slot);
    this.#copy(argument);
  }

  /**
   * Makes room for an entry with `variable` bytes besides its head, in this frame or the next, and
   * writes its tag.
   */
  #begin(tag: number, variable: number): void {
    const needed = ENTRY_HEAD_BYTES_MAX + variable;
    assert(needed <= FRAME_BYTES_MAX, `an entry that fits a frame, got ${needed} bytes`);
    if (this.#length + needed > FRAME_BYTES_MAX) this.#cut();
    if (this.#length + needed > this.#bytes.length) this.#grow(this.#length + needed);
    this.#bytes[this.#length++] = tag;
  }

  #cut(): void {
    if (this.#length === 0) return;
    this.#frames.push(this.#bytes.slice(0, this.#length));
    this.#framedBytes += this.#length;
    this.#length = 0;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  #record(element: Element): void {
    if (!(element instanceof StoredRecord)) {
      this.#u8(0);
      this.#length = putBaseKey(this.#bytes, this.#length, element);
      this.#length = putMerkleValue(this.#bytes, this.#length, element as TreeNode);
      return;
    }
    this.#u8(1);
    this.#copy(element.bits);
    this.#u8(element.value === null ? 0 : 1);
    if (element.value === null) return;
    this.#u32(element.value.length);
    this.#copy(element.value);
  }

  #time(element: Element): void {
    this.#u32(element.epoch);
    this.#u32(element.counter);
  }

  #slot(slot: number): void {
    assert(slot !== NO_SLOT, "an element in a slot");
    this.#u16(slot);
  }

  #u8(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  #u16(value: number): void {
    this.#bytes[this.#length++] = value >> 8;
    this.#bytes[this.#length++] = value;
  }

  #u32(value: number): void {
    this.#u16(value >>> 16);
    this.#u16(value);
  }

  #copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

function valueBytes(element: Element): number {
  return element instanceof StoredRecord ? (element.value?.length ?? 0) : 0;
}
