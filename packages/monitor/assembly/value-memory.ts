// SPDX-License-Identifier: Apache-2.0
/**
 * Values of profile `bytes`, in chained cells of 64 bytes with a free list: any free cell serves any value, so nothing fragments and the
 * cost of a set of values is exactly the sum of ceil(length / 64), whatever happened before. The loader sets the cap; memory grows as
 * cells are first used.
 */
import { copyBytes } from "@zeta/hashes/copy";
import { BYTES } from "./profile";

const CELL_BYTES: u32 = 64;
const NO_CELL: u32 = 0xffffffff;
const PAGE_BYTES: u64 = 65536;
/** Memory grows by at least a mebibyte at a time: growing is a system call, and invalidates the loader's views. */
const GROWTH_PAGES: u32 = 16;

/** Cells the loader allows, cells in use, cells ever used, head of the free list. */
let cellsMax: u32 = 0;
let cellsUsed: u32 = 0;
let cellsTouched: u32 = 0;
let freeCell: u32 = 0xffffffff;

/** u32 per cell: the next one of its value, or of the free list. */
let links: usize = 0;
let cells: usize = 0;

// @ts-ignore: decorator
@inline
export function cellsFor(length: u32): u32 {
  return (length + (CELL_BYTES - 1)) / CELL_BYTES;
}

/** Places the area at `start` and reserves its links. False if that cannot be addressed. */
export function initValueMemory(start: usize, max: u32): bool {
  cellsMax = BYTES ? max : 0;
  cellsUsed = 0;
  cellsTouched = 0;
  freeCell = NO_CELL;
  links = start;
  const first = (<u64>start + 4 * <u64>cellsMax + 63) & ~63;
  if (!growTo(first)) return false;
  cells = <usize>first;
  return true;
}

export function usedCells(): u32 {
  return cellsUsed;
}

/** Makes `end` the end of memory at least. */
function growTo(end: u64): bool {
  const have = <u32>memory.size();
  const need = (end + PAGE_BYTES - 1) / PAGE_BYTES;
  if (need <= have) return true;
  if (need > 65536) return false;
  const missing = <u32>need - have;
  if (memory.grow(<i32>max(missing, GROWTH_PAGES)) >= 0) return true;
  return memory.grow(<i32>missing) >= 0;
}

/** L.memory: is there room for a value of `length` bytes, once one of `released` bytes is gone? Makes the room. */
export function hasRoom(length: u32, released: u32): bool {
  return hasCells(cellsFor(length), cellsFor(released));
}

/** The same of several values, in cells: all that are released go before the first that is needed comes. */
export function hasCells(needed: u64, released: u64): bool {
  const used = <u64>cellsUsed - released + needed;
  if (used > cellsMax) return false;
  if (used <= cellsTouched) return true;
  return growTo(<u64>cells + used * CELL_BYTES);
}

function takeCell(): u32 {
  cellsUsed++;
  if (freeCell == NO_CELL) return cellsTouched++;
  const cell = freeCell;
  freeCell = load<u32>(links + ((<usize>cell) << 2));
  return cell;
}

// @ts-ignore: decorator
@inline
function copyCell(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** Stores a value for which there is room; returns its first cell. */
export function storeValue(from: usize, length: u32): u32 {
  let first = NO_CELL;
  let link: usize = 0;
  while (length > 0) {
    const cell = takeCell();
    if (link == 0) first = cell;
    else store<u32>(link, cell);
    link = links + ((<usize>cell) << 2);
    const part = min(length, CELL_BYTES);
    const at = cells + <usize>cell * CELL_BYTES;
    if (part == CELL_BYTES) copyCell(at, from);
    else copyBytes(at, from, part);
    from += part;
    length -= part;
  }
  return first;
}

/** Gives the cells of a value back. */
export function releaseValue(first: u32, length: u32): void {
  const count = cellsFor(length);
  if (count == 0) return;
  let link = links + ((<usize>first) << 2);
  for (let i: u32 = 1; i < count; i++) link = links + ((<usize>load<u32>(link)) << 2);
  store<u32>(link, freeCell);
  freeCell = first;
  cellsUsed -= count;
}

/** Copies a value out, exactly `length` bytes. */
export function copyValueOut(to: usize, first: u32, length: u32): void {
  for (let cell = first; length > 0; cell = load<u32>(links + ((<usize>cell) << 2))) {
    const part = min(length, CELL_BYTES);
    const at = cells + <usize>cell * CELL_BYTES;
    if (part == CELL_BYTES) copyCell(to, at);
    else copyBytes(to, at, part);
    to += part;
    length -= part;
  }
}

/** Where a value can be read in one piece: in its cell if it has only one, else copied to `spare`. */
export function valueAddress(first: u32, length: u32, spare: usize): usize {
  if (length == 0) return spare;
  if (length <= CELL_BYTES) return cells + <usize>first * CELL_BYTES;
  copyValueOut(spare, first, length);
  return spare;
}
