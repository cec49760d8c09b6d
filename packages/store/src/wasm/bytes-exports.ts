// SPDX-License-Identifier: Apache-2.0
import type { LinearMemory } from "./webassembly.ts";

/** The functions that `assembly/bytes.ts` and `assembly/index.ts` export; numbers are unsigned, booleans arrive as 0 or 1. */
export interface BytesExports {
  readonly memory: LinearMemory;
  init(
    slots: number,
    records: number,
    placement: number,
    epochCounterMax: number,
    thread: number,
    groupBits: number,
    valueCells: number,
  ): number;
  begin(time: bigint): void;
  adopt(group: number, time: bigint): number;
  setPolicy(recordEpochs: number, nodeEpochs: number, demotions: number, round: number): number;

  open(count: number): void;
  run(from: number, to: number): number;
  isFull(): number;
  isForeign(): number;
  requestsAddress(): number;
  resultsAddress(): number;
  resultEndsAddress(): number;

  lookUp(count: number): number;
  stage(record: number, length: number): number;
  stageAbsent(record: number): void;
  unstage(count: number): void;
  runCall(functionNumber: number, withId: number, argumentBytes: number, count: number): number;
  valuesAddress(): number;
  recordsAddress(): number;
  requestIdAddress(): number;
  argumentAddress(): number;

  isOwn(record: number): number;
  lend(record: number, reserve: number): number;
  lentTime(record: number): bigint;
  borrow(record: number, time: bigint, evictedBy: number): void;
  setValue(record: number, length: number): number;
  setNoValue(record: number): void;
  takeBack(record: number, time: bigint, evictedBy: number): void;
  pathBits(length: number): number;
  digest(length: number): number;

  beginEpochClose(): void;
  continueEpochClose(budget: number): number;
  seal(budget: number): number;
  endSeal(): void;
  handBack(group: number): bigint;
  own(group: number): void;
  topValue(group: number): number;
  isClosing(): number;
  closingEpoch(): number;
  epoch(): number;
  counter(): number;
  thread(): number;
  hasRoom(): number;
  mustEndEpoch(): number;
  frames(): number;
  frameEndsAddress(): number;
  logAddress(): number;
  logBytes(): number;
  takeLog(): void;

  restore(count: number): number;
  finishRestore(fullDepth: number): number;
  changes(max: number): number;

  recordCount(): number;
  nodeCount(): number;
  usedSlots(): number;
  hotRecords(): number;
  renewedElements(): number;
  deferredRecords(): number;
  deferredNodes(): number;
  cellsInUse(): number;
  heapBytes(): number;
  rootValue(): number;

  expel(record: number): number;
  forge(record: number, length: number): number;
  insertDigest(): number;
  bringIn(record: number): void;
  describe(slot: number): number;
}
