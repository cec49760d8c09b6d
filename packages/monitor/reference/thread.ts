// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { concatBytes } from "@zeta/protocol/bytes";
import { type CheckId, isCheckId } from "@zeta/protocol/checks";
import { assert, isZetaError } from "@zeta/protocol/error";
import { FRAME_BYTES_MAX } from "@zeta/protocol/limits";
import { type LogEntry, readLogEntry } from "@zeta/protocol/log-entry";
import { writeAppValue, writeMerkleValue } from "@zeta/protocol/record";
import type {
  FrameResult,
  MonitorThread,
  MonitorThreadOptions,
  SlotView,
  Verdict,
} from "../src/verdict.ts";
import { type FunctionTable, KV_BYTES_FUNCTIONS, KV64_FUNCTIONS } from "./apps.ts";
import { addB, evictB, evictBM } from "./deferred-ops.ts";
import { nextEpoch, verifyEpoch } from "./epochs.ts";
import { addM, evictM } from "./merkle-ops.ts";
import { Refusal, type RuleId } from "./rules.ts";
import { runApp } from "./run-app.ts";
import { serviceFunctions } from "./service-functions.ts";
import { ThreadState } from "./state.ts";

/** What only the reference can do. */
export interface ReferenceOptions {
  /** Rules to leave out, so that a test can show what each of them is for. */
  readonly disabled?: readonly RuleId[];
  /** Another service than the built-in one. */
  readonly functions?: FunctionTable;
}

/**
 * The monitor thread once more, in plain and slow TypeScript: the text to read in order to
 * understand the protocol, and what the WebAssembly monitor is held against. It never serves
 * anybody.
 */
export function createReferenceThread(
  options: MonitorThreadOptions,
  extras: ReferenceOptions = {},
): MonitorThread {
  return new ReferenceThread(options, extras);
}

class ReferenceThread implements MonitorThread {
  readonly #state: ThreadState;
  readonly #functions: FunctionTable;
  /**
   * F.sticky: the check that refused; from then on nothing is accepted, and there is no way back.
   */
  #failure: CheckId | null = null;

  constructor(options: MonitorThreadOptions, extras: ReferenceOptions) {
    assert(options.id < options.threads, `a thread number below ${options.threads}`);
    this.#state = new ThreadState(options, extras.disabled ?? []);
    this.#functions = extras.functions ?? functionsOf(options);
  }

  verifyLog(hostFrame: Uint8Array): FrameResult {
    if (hostFrame.length === 0 || hostFrame.length > FRAME_BYTES_MAX) {
      return answer("bad_input", 0, 0, "L.frame");
    }
    if (this.failed) return answer("thread_dead", 0, 0, "F.sticky");
    // D.fetch: the host can write to its frame at any time, so every byte is read from a private
    // copy.
    const frame = this.#state.rules.does("D.fetch") ? hostFrame.slice() : hostFrame;
    return this.#verify(frame);
  }

  /**
   * A refused entry of the first kind ends the frame at once; of the second kind, when the next
   * entry is looked at.
   */
  #verify(frame: Uint8Array): FrameResult {
    const leaves: Uint8Array[] = [];
    const reader = new ByteReader(frame);
    while (reader.remaining > 0) {
      const pos = reader.offset;
      if (this.#failure !== null) return answer("entry_failure", pos, 0, this.#failure, leaves);
      const refused = this.#step(reader, leaves);
      if (refused !== null) {
        this.#failure = refused.check;
        if (refused.verdict !== null) return answer(refused.verdict, pos, 0, refused.check, leaves);
      }
    }
    const { length } = frame;
    if (this.#failure !== null) {
      return answer("failed_at_end", length, length, this.#failure, leaves);
    }
    return answer("success", 0, length, null, leaves);
  }

  /**
   * Reads and executes one entry. Null: accepted. A null verdict: the failure is reported at the
   * next entry.
   */
  #step(
    reader: ByteReader,
    leaves: Uint8Array[],
  ): { check: CheckId; verdict: Verdict | null } | null {
    let entry: LogEntry;
    try {
      entry = readLogEntry(reader, this.#state.options.profile);
    } catch (error) {
      if (!isZetaError(error) || !isCheckId(error.code)) throw error;
      return { check: error.code, verdict: "parsing_failure" };
    }
    try {
      const leaf = this.#execute(entry);
      if (leaf !== null) leaves.push(leaf);
      return null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { check: error.check, verdict: verdictOf(error.check) };
    }
  }

  #execute(entry: LogEntry): Uint8Array | null {
    const state = this.#state;
    switch (entry.type) {
      case "AddM":
        addM(state, entry);
        return null;
      case "EvictM":
        evictM(state, entry);
        return null;
      case "AddB":
        addB(state, entry);
        return null;
      case "EvictB":
        evictB(state, entry);
        return null;
      case "EvictBM":
        evictBM(state, entry);
        return null;
      case "NextEpoch":
        nextEpoch(state);
        return null;
      case "VerifyEpoch":
        verifyEpoch(state);
        return null;
      case "RunApp":
        return runApp(state, entry, this.#functions);
    }
  }

  get id(): number {
    return this.#state.options.id;
  }

  get clock(): { readonly epoch: number; readonly counter: number } {
    return this.#state.clock;
  }

  get lastVerifiedEpoch(): number | null {
    return this.#state.lastVerified;
  }

  get hasOpenWork(): boolean {
    return this.#state.epochs.hasOpenWork(this.#state.lastVerified);
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  slot(index: number): SlotView | null {
    const entry = this.#state.slots.get(index);
    if (entry === undefined) return null;
    const { depth, bits } = this.#state.baseKey(entry.record);
    const writer = new ByteWriter();
    if (entry.record.kind === "internal") writeMerkleValue(writer, entry.record.value);
    else writeAppValue(writer, entry.record.value, this.#state.options.profile);
    const { method, children, parent } = entry;
    return {
      depth,
      key: bits,
      method,
      value: writer.toBytes(),
      children: [...children],
      parent,
    };
  }
}

function functionsOf({ profile, service }: MonitorThreadOptions): FunctionTable {
  if (service !== undefined) return serviceFunctions(service);
  return profile === "kv64" ? KV64_FUNCTIONS : KV_BYTES_FUNCTIONS;
}

/** How a refusal shows, as the released monitor reports it; null: at the next entry. */
function verdictOf(check: CheckId): Verdict | null {
  if (check.startsWith("R.")) return "app_failure";
  const atOnce: readonly CheckId[] = ["T.ring", "H.count", "L.memory"];
  return atOnce.includes(check) ? "entry_failure" : null;
}

function answer(
  verdict: Verdict,
  pos: number,
  read: number,
  check: CheckId | null,
  leaves: readonly Uint8Array[] = [],
): FrameResult {
  const output = new Uint8Array(0);
  return { verdict, pos, read, wrote: 0, output, check, leaves: concatBytes(...leaves) };
}
