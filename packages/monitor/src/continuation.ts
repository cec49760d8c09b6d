// SPDX-License-Identifier: Apache-2.0
/**
 * Where an instance begins: with an empty store, or where another one ended (PROTOCOL §15.1). The host hands over both parts of a
 * continuation and may have invented them. What is invented costs no soundness: every statement of the new instance names the checkpoint by
 * its hash, and clients ask who signed it.
 */
import { equalBytes } from "@zeta/protocol/bytes";
import {
  CHECKPOINT_BYTES_MAX,
  decodeCheckpoint,
  type SignedCheckpoint,
} from "@zeta/protocol/checkpoint";
import { assert, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { Profile } from "@zeta/protocol/profile";
import { ROOT_VALUE_BYTES_MAX, rootHash } from "@zeta/protocol/root-value";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import type { StartPoint } from "./verdict.ts";

/** What an instance goes on from. */
export interface Continuation {
  /** A signed checkpoint (protocol's checkpoint.ts). */
  readonly checkpoint: Uint8Array;
  /** The value of the root at rest whose hash the checkpoint names (protocol's root-value.ts). */
  readonly rootValue: Uint8Array;
}

/**
 * Why an instance does not go on: the checkpoint is none, or one of another service or profile, or none that an epoch can follow; the root
 * value is none, or not the checkpoint's.
 */
export type ContinuationRefusalCode = "checkpoint_invalid" | "checkpoint_root";

/** Where the history of an instance begins. */
export interface Beginning {
  /** Named by every statement of the instance. */
  readonly origin: Uint8Array;
  /** Calls certified before, since the empty store. */
  readonly operations: bigint;
  /** Null: epoch 0, and a tree in which nothing is. */
  readonly start: StartPoint | null;
}

/** An empty store. */
export const FROM_NOTHING: Beginning = { origin: NO_ORIGIN, operations: 0n, start: null };

/** An epoch is certified when all clocks are past it, so this one never is. */
const FIRST_EPOCH_MAX = EPOCH_MAX - 1;

/** @throws ZetaError with a {@link ContinuationRefusalCode}. */
export function readContinuation(
  continuation: Continuation,
  { serviceId, profile }: { readonly serviceId: string; readonly profile: Profile },
): Beginning {
  assert(profile === "bytes", `profile bytes, got ${profile}`);
  // D.fetch: private copies, of no more than one byte above the limits, which the decoders refuse.
  const signed = readCheckpoint(continuation.checkpoint.slice(0, CHECKPOINT_BYTES_MAX + 1));
  const root = continuation.rootValue.slice(0, ROOT_VALUE_BYTES_MAX + 1);
  const { checkpoint, hash } = signed;
  if (checkpoint.serviceId !== serviceId) {
    refuseCheckpoint(`service ${serviceId}`, checkpoint.serviceId);
  }
  if (checkpoint.profile !== profile) refuseCheckpoint(`profile ${profile}`, checkpoint.profile);
  const epoch = checkpoint.epoch + 1;
  if (epoch > FIRST_EPOCH_MAX) refuseCheckpoint(`an epoch below ${FIRST_EPOCH_MAX}`, epoch - 1);
  checkRoot(root, checkpoint.root);
  return { origin: hash, operations: checkpoint.operations, start: { epoch, root } };
}

function readCheckpoint(bytes: Uint8Array): SignedCheckpoint {
  try {
    return decodeCheckpoint(bytes);
  } catch (cause) {
    throw new ZetaError("checkpoint_invalid", `expected a checkpoint, got ${textOf(cause)}`, {
      cause,
    });
  }
}

function checkRoot(value: Uint8Array, expected: Uint8Array): void {
  let found: Uint8Array;
  try {
    found = rootHash(value);
  } catch (cause) {
    throw new ZetaError("checkpoint_root", `expected a root at rest, got ${textOf(cause)}`, {
      cause,
    });
  }
  if (equalBytes(found, expected)) return;
  const message = `expected the root ${toHex(expected)} of the checkpoint, got ${toHex(found)}`;
  throw new ZetaError("checkpoint_root", message);
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? `"${cause.message}"` : String(cause);
}

function refuseCheckpoint(expected: string, got: unknown): never {
  throw new ZetaError("checkpoint_invalid", `expected a checkpoint of ${expected}, got ${got}`);
}
