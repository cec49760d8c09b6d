// SPDX-License-Identifier: Apache-2.0
import type { ProofForm } from "@zeta/tee-api/answers";
import type { FailureKind } from "@zeta/tee-api/requests";
import type { TeeType } from "@zeta/tee-api/tee-type";

/** Who proves: a key made for this start (or by a launcher), and the quote that binds it to the code here. */
export interface GatewayIdentity {
  /** 32 bytes. Keep it out of logs. */
  readonly secretKey: Uint8Array;
  /** Compressed secp256k1, 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly quote: Uint8Array;
  readonly teeType: TeeType;
}

/** What the server says about a batch; nothing of it is trusted. Old servers say nothing but the data. */
export interface BatchFacts {
  readonly number: number;
  readonly service: string;
  readonly previousRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  /** SHA-256 of the data. */
  readonly digest: Uint8Array;
  readonly bytes: number;
}

/** A leased batch. */
export interface ClaimedBatch {
  /** Null from old servers. */
  readonly facts: BatchFacts | null;
  /** Null when the server knows no leases. */
  readonly lease: { readonly id: string; readonly ms: number } | null;
  /** The data, when it came with the answer. */
  readonly data: Uint8Array | null;
}

/** A proof as it is signed, kept and handed in, always the same bytes. */
export interface SignedProof {
  readonly batch: number;
  readonly form: ProofForm;
  readonly teeType: TeeType;
  /** SHA-256 of the batch data. */
  readonly digest: Uint8Array;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
  /** With the key, so that a server which forgot it can be told again. */
  readonly quote: Uint8Array;
  readonly lease: string | null;
}

export interface Failure {
  readonly batch: number;
  readonly lease: string;
  readonly kind: FailureKind;
  readonly check: string | null;
  readonly error: string;
}

/**
 * The server, as the gateway needs it. Every method rejects with a CallError and ends early when its signal aborts. All but `claim`
 * may be repeated freely; a claim may be repeated with its lease id.
 */
export interface ProverApi {
  register(
    identity: Pick<GatewayIdentity, "publicKey" | "quote" | "teeType">,
    signal: AbortSignal,
  ): Promise<void>;
  /** Null: no work now. Waits on the server for up to `waitSeconds` where it can. */
  claim(lease: string, waitSeconds: number, signal: AbortSignal): Promise<ClaimedBatch | null>;
  /** The data of a claimed batch: exactly as many bytes as announced, but not yet compared with the digest. */
  fetchData(facts: BatchFacts, signal: AbortSignal): Promise<Uint8Array>;
  /** The new term in milliseconds. */
  renew(lease: string, signal: AbortSignal): Promise<number>;
  release(lease: string, signal: AbortSignal): Promise<void>;
  submit(proof: SignedProof, signal: AbortSignal): Promise<void>;
  fail(failure: Failure, signal: AbortSignal): Promise<void>;
  close(): void;
}
