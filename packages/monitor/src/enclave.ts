// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { decodeCertificate, NO_CERTIFICATE } from "@zeta/protocol/certificate";
import type { CheckId } from "@zeta/protocol/checks";
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import type { Profile } from "@zeta/protocol/profile";
import type { StatementHead } from "@zeta/protocol/statement";
import { AGGREGATE_THREAD } from "@zeta/protocol/violation";
import type { AggregateEvent } from "./aggregator.ts";
import { createMonitorInstance, type MonitorInstance } from "./instance.ts";
import { createInstanceKey, type InstanceKey, type RandomBytes } from "./instance-key.ts";
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
  /** The compiled monitor of the profile; its SHA-256 is the measurement in every statement. */
  readonly module: MonitorModule;
  /** Cap of each thread's memory for values, in bytes. */
  readonly valueMemoryBytes?: number;
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
}

export function createEnclave(options: EnclaveOptions): Enclave {
  return new RunningEnclave(options);
}

const SECRET_KEY_BYTES = 32;

class RunningEnclave implements Enclave {
  readonly #head: StatementHead;
  readonly #key: InstanceKey;
  readonly #monitors: MonitorInstance;
  /** Log bytes each thread has taken in whole frames, for the position in a violation. */
  readonly #consumed: bigint[];
  #operations = 0n;
  #previous: Uint8Array = NO_CERTIFICATE;
  #latestCertificate: Uint8Array | null = null;
  #violation: Uint8Array | null = null;
  #statements: Uint8Array[] = [];

  constructor(options: EnclaveOptions) {
    const { profile, threads, slots, serviceId, module, valueMemoryBytes } = options;
    const random = options.random ?? randomBytes;
    assert(module.profile === profile, `a module of ${profile}, got one of ${module.profile}`);
    this.#key = createInstanceKey(random);
    const { instanceId } = this.#key;
    this.#head = { instanceId, serviceId, profile, measurement: module.measurement.slice() };
    assert(this.#head.measurement.length === DIGEST_BYTES, "a measurement of 32 bytes");
    const setHashKey = random(SECRET_KEY_BYTES);
    assert(setHashKey.length === SECRET_KEY_BYTES, `${SECRET_KEY_BYTES} random bytes`);
    this.#consumed = new Array<bigint>(threads).fill(0n);
    this.#monitors = createMonitorInstance({
      profile,
      threads,
      slots,
      setHashKey,
      ...(valueMemoryBytes !== undefined && { valueMemoryBytes }),
      createThread: (threadOptions) => createWasmThread(module, threadOptions),
      report: (event) => this.#hear(event),
    });
  }

  get instanceId(): Uint8Array {
    return this.#key.instanceId.slice();
  }

  get publicKey(): Uint8Array {
    return this.#key.publicKey.slice();
  }

  get measurement(): Uint8Array {
    return this.#head.measurement.slice();
  }

  get latestCertificate(): Uint8Array | null {
    return this.#latestCertificate?.slice() ?? null;
  }

  get violation(): Uint8Array | null {
    return this.#violation?.slice() ?? null;
  }

  verifyLog(thread: number, frame: Uint8Array): EnclaveResult {
    this.#statements = [];
    const result = this.#monitors.verifyLog(thread, frame);
    const { check } = result;
    if (check === null) this.#consumed[thread] = this.#consumedBy(thread) + BigInt(result.read);
    else if (hasFailedNow(result)) this.#reportFailure(thread, check, result.pos);
    return { ...result, statements: this.#statements };
  }

  #consumedBy(thread: number): bigint {
    return this.#consumed[thread] ?? 0n;
  }

  #hear(event: AggregateEvent): void {
    if (event.kind === "certified") this.#certify(event);
    else {
      const { epoch, check } = event;
      this.#accuse({ epoch, check, thread: AGGREGATE_THREAD, position: 0n });
    }
  }

  /**
   * After a violation nothing is certified any more, even if the remaining threads still balance.
   */
  #certify({ epoch, operations, threads }: Extract<AggregateEvent, { kind: "certified" }>): void {
    if (this.#violation !== null) return;
    this.#operations += operations;
    const signed = this.#key.signCertificate({
      ...this.#head,
      epoch,
      operations: this.#operations,
      threads,
      previous: this.#previous,
    });
    this.#previous = decodeCertificate(signed).hash;
    this.#latestCertificate = signed;
    this.#statements.push(signed.slice());
  }

  #reportFailure(thread: number, check: CheckId, pos: number): void {
    const epoch = this.#monitors.threads[thread]?.clock.epoch ?? 0;
    this.#accuse({ epoch, check, thread, position: this.#consumedBy(thread) + BigInt(pos) });
  }

  /** Signs the first violation; those that follow from it say nothing new. */
  #accuse(what: { epoch: number; check: CheckId; thread: number; position: bigint }): void {
    if (this.#violation !== null) return;
    this.#violation = this.#key.signViolation({
      ...this.#head,
      ...what,
      previous: this.#previous,
    });
    this.#statements.push(this.#violation.slice());
  }
}

/**
 * Input that no monitor thread looked at proves nothing against the host, and a dead thread was
 * reported when it died.
 */
function hasFailedNow({ verdict }: FrameResult): boolean {
  return verdict !== "bad_input" && verdict !== "thread_dead";
}
