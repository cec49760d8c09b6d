// SPDX-License-Identifier: Apache-2.0
/** What a record in a slot holds (profile `bytes`), as calls change it. */
import { flagsOf, setFlags, slotOf } from "./element";
import { CHANGED, HASH_CURRENT, PRESENT, VALUE, VALUE_LENGTH } from "./layout";
import { setCells } from "./slots";
import { allocate, cellsFor, isPresent, release } from "./value-heap";

/** The record's value is now in this block. */
export function setBlock(record: usize, block: usize, length: u32): void {
  dropBlock(record);
  store<u32>(record, <u32>block, VALUE);
  setLength(record, length);
}

/** The record's block has got another value of this length. */
export function setLength(record: usize, length: u32): void {
  store<u32>(record, length, VALUE_LENGTH);
  setFlags(record, (flagsOf(record) | PRESENT | CHANGED) & ~HASH_CURRENT);
  setCells(slotOf(record), cellsFor(length));
}

export function setAbsent(record: usize): void {
  removeValue(record);
  setCells(slotOf(record), 0);
}

/** The same of a record outside the slots. */
export function removeValue(record: usize): void {
  dropBlock(record);
  store<u32>(record, 0, VALUE_LENGTH);
  setFlags(record, (flagsOf(record) | CHANGED) & ~(PRESENT | HASH_CURRENT));
}

function dropBlock(record: usize): void {
  if (isPresent(record)) release(load<u32>(record, VALUE), load<u32>(record, VALUE_LENGTH));
}

/** Gives a record outside the slots another block: what a borrower wrote, or a lie; returns the address for the new bytes, 0 if memory is at its end. */
export function changeValue(record: usize, length: u32): usize {
  const block = allocate(length);
  if (block == 0) return 0;
  dropBlock(record);
  store<u32>(record, <u32>block, VALUE);
  store<u32>(record, length, VALUE_LENGTH);
  setFlags(record, (flagsOf(record) | PRESENT | CHANGED) & ~HASH_CURRENT);
  return block + 1;
}
