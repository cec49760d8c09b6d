// SPDX-License-Identifier: Apache-2.0
/** The certified epochs that the page has seen: every entry is a certificate that the client checked. */
import type { SignedCertificate } from "@zeta/protocol/certificate";

/** Epochs that are kept and drawn: two minutes of the default second. */
export const EPOCHS_KEPT = 120;

export interface CertifiedEpoch {
  readonly epoch: number;
  /** Calls in this epoch; null for the first one seen, whose predecessor is not known. */
  readonly operations: number | null;
  readonly hash: Uint8Array;
  /** Waits of this page's own answers of this epoch for the certificate, milliseconds. */
  readonly waits: readonly number[];
}

export interface EpochHistory {
  readonly epochs: readonly CertifiedEpoch[];
  /** Calls certified so far in the instance. */
  readonly operations: bigint;
  /** The epoch whose certificate was taken on trust; null before any. */
  readonly first: number | null;
}

export const NO_EPOCHS: EpochHistory = { epochs: [], operations: 0n, first: null };

/** Takes a certificate that continues the chain. */
export function withCertificate(history: EpochHistory, signed: SignedCertificate): EpochHistory {
  const { epoch, operations } = signed.certificate;
  const last = history.epochs.at(-1);
  if (last !== undefined && epoch <= last.epoch) return history;
  const inThis = last === undefined ? null : Number(operations - history.operations);
  const entry = { epoch, operations: inThis, hash: signed.hash, waits: [] };
  return {
    epochs: [...history.epochs, entry].slice(-EPOCHS_KEPT),
    operations,
    first: history.first ?? epoch,
  };
}

/** Notes how long an answer of this page waited. */
export function withWait(history: EpochHistory, epoch: number, waited: number): EpochHistory {
  const epochs = history.epochs.map((one) =>
    one.epoch === epoch ? { ...one, waits: [...one.waits, waited] } : one,
  );
  return { ...history, epochs };
}

/** The middle one of some numbers; null of none. */
export function median(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
