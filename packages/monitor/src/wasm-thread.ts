// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import { CHECK_IDS, type CheckId } from "@zeta/protocol/checks";
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES, FRAME_BYTES_MAX, SLOTS_MAX } from "@zeta/protocol/limits";
import { RECORD_KEY_BYTES } from "@zeta/protocol/profile";
import { decodeRootValue } from "@zeta/protocol/root-value";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import { CALL_STATUS, ServiceCalls } from "./service-calls.ts";
import type {
  EpochContribution,
  FrameResult,
  MonitorThread,
  MonitorThreadOptions,
  SlotView,
  StartPoint,
  Verdict,
} from "./verdict.ts";
import type { MonitorModule } from "./wasm-module.ts";
import { type LinearMemory, webAssembly } from "./webassembly.ts";

/** The functions that `assembly/index.ts` exports. Addresses and numbers are unsigned; booleans arrive as 0 or 1. */
interface MonitorExports {
  readonly memory: LinearMemory;
  init(id: number, slots: number, hashedKeys: number, valueCells: number): number;
  start(epoch: number, rootBytes: number): number;
  serveFunctions(count: number): number;
  verify(length: number): number;
  resume(accepted: number): number;
  resumeCall(status: number): number;
  position(): number;
  check(): number;
  failed(): number;
  clockEpoch(): number;
  clockCounter(): number;
  hasVerified(): number;
  lastVerifiedEpoch(): number;
  hasOpenWork(): number;
  setHashKeyAddress(): number;
  frameAddress(): number;
  contributionAddress(): number;
  exchangeAddress(): number;
  answerAddress(): number;
  leavesAddress(): number;
  leafCount(): number;
  cellsInUse(): number;
  slotIsUsed(index: number): number;
  slotMethod(index: number): number;
  slotChild(index: number, direction: number): number;
  slotParent(index: number): number;
  slotParentDirection(index: number): number;
  describeSlot(index: number): number;
  scratchAddress(): number;
}

/** Answers of verify and resume, by number. */
const VERDICTS: readonly Verdict[] = [
  "success",
  "failed_at_end",
  "parsing_failure",
  "app_failure",
  "entry_failure",
  "thread_dead",
  "bad_input",
];
/** Not a verdict: the frame is not finished, VerifyEpoch waits for the aggregate's answer. */
const YIELD_CONTRIBUTION = 7;
/** Not a verdict: RunApp waits for a function of the service. */
const YIELD_CALL = 8;

/**
 * Cap of value memory when the caller names none: 256 MiB, 4 KiB for each of 65535 slots. Only what is used is ever committed; the cap
 * itself costs 4 bytes of zero pages per cell.
 */
export const VALUE_MEMORY_BYTES_DEFAULT = 256 << 20;
const CELL_BYTES = 64;
/** As many as 4 GiB, the most that WebAssembly can address, would hold if it held nothing else. */
const VALUE_CELLS_MAX = 2 ** 32 / CELL_BYTES;

/** Base key as {@link MonitorExports.describeSlot} writes it: u256, u16 depth. */
const KEY_BYTES = 34;
const NO_SLOT = 0xffff;
const NOTHING = new Uint8Array(0);

/** A monitor thread in WebAssembly, with what only its own tests ask for. */
export interface WasmThread extends MonitorThread {
  /** Cells of 64 bytes that values occupy; they add up to ceil(length / 64) over the slots. */
  readonly valueCells: number;
}

/** What an instance of a module exports. */
export type Instantiate = (module: MonitorModule) => unknown;

/**
 * Starts a monitor thread: an instance of the module with private memory.
 *
 * @param instantiate by default a fresh instance; tests that start a million threads give one that was used before
 */
export function createWasmThread(
  module: MonitorModule,
  options: MonitorThreadOptions,
  instantiate: Instantiate = ({ module: compiled }) =>
    new webAssembly.Instance(compiled, {}).exports,
): WasmThread {
  return new InstantiatedThread(module, options, instantiate);
}

class InstantiatedThread implements WasmThread {
  readonly id: number;
  readonly #profile: "kv64" | "bytes";
  readonly #exports: MonitorExports;
  readonly #contribute: MonitorThreadOptions["contribute"];
  readonly #frameAddress: number;
  /** A view of the module's memory; stale after the memory has grown. */
  #memory: Uint8Array;
  #busy = false;
  /** Null: the built-in key-value service, whose functions are in the module. */
  readonly #calls: ServiceCalls | null;

  constructor(module: MonitorModule, options: MonitorThreadOptions, instantiate: Instantiate) {
    const { id, threads, slots, profile, setHashKey } = options;
    assert(module.profile === profile, `a module of profile ${profile}, got ${module.profile}`);
    assert(Number.isInteger(id) && id >= 0 && id < threads, `a thread number below ${threads}`);
    assert(slots >= 1 && slots <= SLOTS_MAX, `1..${SLOTS_MAX} slots, got ${slots}`);
    assert(setHashKey.length === DIGEST_BYTES, `a set-hash key of ${DIGEST_BYTES} bytes`);
    this.id = id;
    this.#profile = profile;
    this.#contribute = options.contribute;
    this.#exports = instantiate(module) as MonitorExports;
    this.#frameAddress = this.#exports.frameAddress();
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
    this.#memory.set(setHashKey, this.#exports.setHashKeyAddress());
    const cells = Math.floor((options.valueMemoryBytes ?? VALUE_MEMORY_BYTES_DEFAULT) / CELL_BYTES);
    assert(
      cells >= 0 && cells <= VALUE_CELLS_MAX,
      `at most ${VALUE_CELLS_MAX} cells, got ${cells}`,
    );
    const started = this.#exports.init(id, slots, Number(options.keyHash === "blake2b"), cells);
    assert(started === 1, `memory for ${slots} slots and ${cells} cells`);
    this.#calls = options.service === undefined ? null : this.#serve(options.service);
    if (options.start !== undefined) this.#startAt(options.start);
  }

  #serve(service: Program): ServiceCalls {
    const count = service.operations.length;
    assert(this.#exports.serveFunctions(count) === 1, `1..255 functions of bytes, got ${count}`);
    const [exchange, answer] = [this.#exports.exchangeAddress(), this.#exports.answerAddress()];
    return new ServiceCalls(service, { exchange, answer });
  }

  #startAt({ epoch, root }: StartPoint): void {
    assert(epoch >= 0 && epoch <= EPOCH_MAX, `an epoch 0..${EPOCH_MAX}, got ${epoch}`);
    decodeRootValue(root);
    const bytes = this.id === 0 ? root : NOTHING;
    this.#fresh().set(bytes, this.#frameAddress);
    assert(this.#exports.start(epoch, bytes.length) === 1, "a root that the module can read");
  }

  /** Not re-entrant: the sink must not call the thread that is contributing. */
  verifyLog(frame: Uint8Array): FrameResult {
    assert(!this.#busy, "one frame at a time on a monitor thread");
    const { length } = frame;
    if (length === 0 || length > FRAME_BYTES_MAX) return refusal("bad_input", "L.frame");
    this.#busy = true;
    try {
      // D.fetch: from here on the module reads its own copy, whatever happens to the host's bytes. Into the place of frames and no further:
      // shared memory may have grown since its length was looked at, and behind that place stand the slots.
      const start = this.#frameAddress;
      this.#fresh()
        .subarray(start, start + FRAME_BYTES_MAX)
        .set(frame);
      let answer = this.#exports.verify(length);
      while (answer === YIELD_CALL || answer === YIELD_CONTRIBUTION) {
        answer = answer === YIELD_CALL ? this.#callAndResume() : this.#contributeAndResume();
      }
      return this.#result(VERDICTS[answer], length);
    } finally {
      this.#busy = false;
    }
  }

  /** Runs a function of the service. Should this code fail, the module hears a refusal, so that the thread is dead. */
  #callAndResume(): number {
    let status: number = CALL_STATUS.refused;
    try {
      assert(this.#calls !== null, "a call of a service only with a service");
      status = this.#calls.run(this.#fresh());
    } catch (error) {
      this.#exports.resumeCall(CALL_STATUS.refused);
      throw error;
    }
    return this.#exports.resumeCall(status);
  }

  /** Asks the aggregate. Should it throw, the module hears a refusal, so that the thread is dead and not waiting for ever. */
  #contributeAndResume(): number {
    let accepted = false;
    try {
      accepted = this.#contribute(this.#contribution());
    } catch (error) {
      this.#exports.resume(0);
      throw error;
    }
    return this.#exports.resume(Number(accepted));
  }

  /** Reads CONTRIBUTION of assembly/epochs.ts. */
  #contribution(): EpochContribution {
    const address = this.#exports.contributionAddress();
    const bytes = this.#fresh().slice(address, address + 160);
    const view = new DataView(bytes.buffer);
    return {
      thread: this.id,
      epoch: view.getUint32(112, true),
      add: bytes.subarray(0, 32),
      addCount: view.getBigUint64(32, true),
      evict: bytes.subarray(48, 80),
      evictCount: view.getBigUint64(80, true),
      operations: view.getBigUint64(96, true),
      leafCount: view.getBigUint64(104, true),
      receiptsRoot: bytes.subarray(128, 160),
    };
  }

  #result(verdict: Verdict | undefined, length: number): FrameResult {
    assert(verdict !== undefined, "a verdict of the module");
    if (verdict === "thread_dead") return refusal(verdict, "F.sticky");
    const leaves = this.#leaves();
    if (verdict === "success") {
      return { verdict, pos: 0, read: length, wrote: 0, output: NOTHING, check: null, leaves };
    }
    const check = CHECK_IDS[this.#exports.check()] ?? null;
    assert(check !== null && check !== "ok", "a check that refused");
    const read = verdict === "failed_at_end" ? length : 0;
    const pos = this.#exports.position() >>> 0;
    return { verdict, pos, read, wrote: 0, output: NOTHING, check, leaves };
  }

  #leaves(): Uint8Array {
    const count = this.#exports.leafCount();
    if (count === 0) return NOTHING;
    const address = this.#exports.leavesAddress();
    return this.#fresh().slice(address, address + DIGEST_BYTES * count);
  }

  /** The module's memory; growing it detaches the buffer and leaves old views empty. */
  #fresh(): Uint8Array {
    if (this.#memory.length === 0) this.#memory = new Uint8Array(this.#exports.memory.buffer);
    return this.#memory;
  }

  get clock(): { readonly epoch: number; readonly counter: number } {
    return {
      epoch: this.#exports.clockEpoch() >>> 0,
      counter: this.#exports.clockCounter() >>> 0,
    };
  }

  get lastVerifiedEpoch(): number | null {
    return this.#exports.hasVerified() === 1 ? this.#exports.lastVerifiedEpoch() >>> 0 : null;
  }

  get hasOpenWork(): boolean {
    assert(this.#profile === "bytes", "profile bytes, whose committed epochs are emptied");
    return this.#busy || this.#exports.hasOpenWork() === 1;
  }

  get failed(): boolean {
    return this.#exports.failed() === 1;
  }

  get valueCells(): number {
    return this.#exports.cellsInUse() >>> 0;
  }

  slot(index: number): SlotView | null {
    const wasm = this.#exports;
    if (wasm.slotIsUsed(index) === 0) return null;
    const address = wasm.scratchAddress();
    const bytes = this.#fresh().slice(address, address + wasm.describeSlot(index));
    const isInternal = bytes[KEY_BYTES] === 0;
    const recordKeyBytes = isInternal ? KEY_BYTES : RECORD_KEY_BYTES[this.#profile];
    const parent = orNull(wasm.slotParent(index));
    return {
      depth: new DataView(bytes.buffer).getUint16(32),
      key: bytes.subarray(0, 32),
      method: wasm.slotMethod(index) === 0 ? "M" : "B",
      value: bytes.subarray(KEY_BYTES + 1 + recordKeyBytes),
      children: [orNull(wasm.slotChild(index, 0)), orNull(wasm.slotChild(index, 1))],
      parent:
        parent === null
          ? null
          : { slot: parent, direction: wasm.slotParentDirection(index) === 0 ? 0 : 1 },
    };
  }
}

function orNull(slot: number): number | null {
  return slot === NO_SLOT ? null : slot;
}

function refusal(verdict: Verdict, check: CheckId): FrameResult {
  return { verdict, pos: 0, read: 0, wrote: 0, output: NOTHING, check, leaves: NOTHING };
}
