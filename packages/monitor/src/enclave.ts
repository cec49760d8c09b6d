// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { codeHash, loadProgram } from "@zeta/app/sandbox/load-program";
import type { CheckId } from "@zeta/protocol/checks";
import { assert } from "@zeta/protocol/error";
import { serviceMeasurement } from "@zeta/protocol/measurement";
import type { Profile } from "@zeta/protocol/profile";
import { restOf } from "./at-rest.ts";
import { type Continuation, FROM_NOTHING, readContinuation } from "./continuation.ts";
import { createMonitorInstance, type MonitorInstance } from "./instance.ts";
import type { RandomBytes } from "./instance-key.ts";
import { Notary } from "./notary.ts";
import type { FrameResult } from "./verdict.ts";
import type { MonitorModule } from "./wasm-module.ts";
import { createWasmThread } from "./wasm-thread.ts";

export interface EnclaveOptions {
  readonly profile: Profile;
  /** Monitor threads, 1..THREADS_MAX. */
  readonly threads: number;
  /** Slots of each thread, 1..SLOTS_MAX. */
  readonly slots: number;
  /** 1..64 printable ASCII characters, in every statement. */
  readonly serviceId: string;
  /** The compiled monitor of the profile; its SHA-256 is in the measurement of every statement. */
  readonly module: MonitorModule;
  /**
   * The code of a service (`bundleService`), to be run instead of the built-in key-value service. It
   * becomes part of the measurement.
   */
  readonly serviceCode?: string;
  /** Cap of each thread's memory for values, in bytes. */
  readonly valueMemoryBytes?: number;
  /** `bytes`: goes on from where another instance made a checkpoint. Default: begins with an empty store. */
  readonly continues?: Continuation;
  /**
   * Fresh randomness for the instance key and the set-hash key. Default: the operating system's.
   */
  readonly random?: RandomBytes;
}

export interface EnclaveResult extends FrameResult {
  /**
   * What the enclave signed because of this frame, oldest first: certificates, or at last one
   * violation.
   */
  readonly statements: readonly Uint8Array[];
}

/**
 * The trusted part of an instance: monitor threads, the aggregate, and the key that speaks for
 * them. It takes log frames, and lets out verdicts and signed statements; the set-hash key, the
 * accumulators and the secret key stay inside.
 *
 * @example
 * const module = loadMonitorModule("bytes");
 * const shape = { profile: "bytes", threads: 1, slots: 1024 } as const;
 * const enclave = createEnclave({ ...shape, serviceId: "kv", module });
 * const { verdict, statements } = enclave.verifyLog(0, frame);
 */
export interface Enclave {
  readonly instanceId: Uint8Array;
  /** Compressed secp256k1, 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly measurement: Uint8Array;
  /** Hash of the checkpoint that it goes on from, 32 zero bytes if it began with an empty store. In every statement. */
  readonly origin: Uint8Array;
  /** The last certificate signed (body and signature), null before the first. */
  readonly latestCertificate: Uint8Array | null;
  /**
   * The signed violation statement, null while all is well. With it certification has ended for
   * ever.
   */
  readonly violation: Uint8Array | null;
  /**
   * Verifies a frame of a thread's log. Never throws for anything the host can put into a frame.
   */
  verifyLog(thread: number, frame: Uint8Array): EnclaveResult;
  /**
   * `bytes`: signs what another enclave needs in order to go on from here ({@link EnclaveOptions.continues}, with the root's value). Only at
   * rest: an epoch was certified with everything back in the tree, and nothing has begun since.
   *
   * @throws ZetaError `not_at_rest`.
   * @example
   * while (!store.seal(1000)) feed(store.drain());
   * feed(store.drain());
   * const continues = { checkpoint: enclave.checkpoint(), rootValue: store.rootValue };
   */
  checkpoint(): Uint8Array;
}

/** @throws ZetaError `checkpoint_invalid` or `checkpoint_root` for what it cannot go on from. */
export function createEnclave(options: EnclaveOptions): Enclave {
  return new RunningEnclave(options);
}

/** What statements name: the monitor's module, and the service's code if it runs one. */
export function measurementOf(module: MonitorModule, serviceCode: string | undefined): Uint8Array {
  if (serviceCode === undefined) return module.measurement;
  return serviceMeasurement(module.measurement, codeHash(serviceCode));
}

const SET_HASH_KEY_BYTES = 32;

/** A fresh key for the set hash of one instance. */
export function createSetHashKey(random: RandomBytes): Uint8Array {
  const key = random(SET_HASH_KEY_BYTES);
  assert(key.length === SET_HASH_KEY_BYTES, `${SET_HASH_KEY_BYTES} random bytes`);
  return key;
}

class RunningEnclave implements Enclave {
  readonly #notary: Notary;
  readonly #monitors: MonitorInstance;
  readonly #profile: Profile;
  readonly #slots: number;
  /** Log bytes each thread has taken in whole frames, for the position in a violation. */
  readonly #consumed: bigint[];
  #statements: Uint8Array[] = [];

  constructor(options: EnclaveOptions) {
    const { profile, threads, slots, serviceId, module, valueMemoryBytes } = options;
    const random = options.random ?? randomBytes;
    assert(module.profile === profile, `a module of ${profile}, got one of ${module.profile}`);
    const { serviceCode, continues } = options;
    const measurement = measurementOf(module, serviceCode);
    const beginning = continues ? readContinuation(continues, options) : FROM_NOTHING;
    this.#notary = new Notary({ profile, serviceId, measurement, beginning, random }, (statement) =>
      this.#statements.push(statement),
    );
    this.#profile = profile;
    this.#slots = slots;
    const setHashKey = createSetHashKey(random);
    this.#consumed = new Array<bigint>(threads).fill(0n);
    this.#monitors = createMonitorInstance({
      profile,
      threads,
      slots,
      setHashKey,
      ...(serviceCode !== undefined && { service: loadProgram(serviceCode) }),
      ...(valueMemoryBytes !== undefined && { valueMemoryBytes }),
      ...(beginning.start !== null && { start: beginning.start }),
      createThread: (threadOptions) => createWasmThread(module, threadOptions),
      report: (event) => this.#notary.hear(event),
    });
  }

  get instanceId(): Uint8Array {
    return this.#notary.instanceId;
  }

  get publicKey(): Uint8Array {
    return this.#notary.publicKey;
  }

  get measurement(): Uint8Array {
    return this.#notary.measurement;
  }

  get origin(): Uint8Array {
    return this.#notary.origin;
  }

  get latestCertificate(): Uint8Array | null {
    return this.#notary.latestCertificate;
  }

  get violation(): Uint8Array | null {
    return this.#notary.violation;
  }

  verifyLog(thread: number, frame: Uint8Array): EnclaveResult {
    this.#statements = [];
    const result = this.#monitors.verifyLog(thread, frame);
    const { check } = result;
    if (check === null) this.#consumed[thread] = this.#consumedBy(thread) + BigInt(result.read);
    else if (hasFailedNow(result)) this.#reportFailure(thread, check, result.pos);
    return { ...result, statements: this.#statements };
  }

  checkpoint(): Uint8Array {
    assert(this.#profile === "bytes", `profile bytes, got ${this.#profile}`);
    return this.#notary.checkpoint(restOf(this.#monitors, this.#slots));
  }

  #consumedBy(thread: number): bigint {
    return this.#consumed[thread] ?? 0n;
  }

  #reportFailure(thread: number, check: CheckId, pos: number): void {
    const epoch = this.#monitors.threads[thread]?.clock.epoch ?? 0;
    this.#notary.accuse({ epoch, check, thread, position: this.#consumedBy(thread) + BigInt(pos) });
  }
}

/**
 * Input that no monitor thread looked at proves nothing against the host, and a dead thread was
 * reported when it died.
 */
export function hasFailedNow({ verdict }: FrameResult): boolean {
  return verdict !== "bad_input" && verdict !== "thread_dead";
}
