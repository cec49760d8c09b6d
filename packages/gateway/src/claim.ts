// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { BATCH_BYTES_MAX } from "@zeta/tee-api/limits";
import type { BatchFacts, ClaimedBatch } from "./api/prover-api.ts";
import { backoffDelayMs } from "./backoff.ts";
import { CallError, isProblem } from "./call-error.ts";
import { keepLease } from "./lease-keeper.ts";
import type { ProverParts } from "./parts.ts";
import type { ReadyBatch } from "./ready-batch.ts";
import { REGISTER_AGAIN, register } from "./register.ts";
import { releaseAll, releaseQuietly } from "./release.ts";
import { reportFailure } from "./report-failure.ts";
import { retrying } from "./retry.ts";

/** Pause before asking again, where the server does not make the caller wait; grows while there is nothing. */
const IDLE_RULES = { initialMs: 1_000, multiplier: 1.5, maxMs: 5_000 };

/** An empty answer that took at least this share of the wait asked for was a wait: ask again at once. */
const WAITED_SHARE = 0.5;

/** Asks until there is a batch and its data is here. Null when aborted, with nothing left held. */
export async function claimNext(
  parts: ProverParts,
  signal: AbortSignal,
): Promise<ReadyBatch | null> {
  for (let empty = 1; !signal.aborted; ) {
    const since = parts.clock.now();
    const claimed = await claimOnce(parts, signal);
    if (claimed !== null) {
      empty = 1;
      const ready = await fetchClaimed(parts, claimed, signal);
      if (ready !== null) return ready;
      continue;
    }
    const waited = parts.clock.now() - since;
    const { waitSeconds } = parts.settings;
    if (signal.aborted || (waitSeconds > 0 && waited >= 1000 * waitSeconds * WAITED_SHARE))
      continue;
    await parts.clock.sleep(backoffDelayMs(IDLE_RULES, empty++, parts.retry.random), signal);
  }
  return null;
}

/** One claim, repeated under the same lease id until answered. After an abort the id is released: the answer may be on its way. */
async function claimOnce(parts: ProverParts, signal: AbortSignal): Promise<ClaimedBatch | null> {
  const lease = parts.drawLease();
  const ask = () =>
    retrying(parts.retry, "claim", signal, (inner) =>
      parts.api.claim(lease, parts.settings.waitSeconds, inner),
    );
  try {
    return await ask();
  } catch (error) {
    if (isProblem(error, ...REGISTER_AGAIN)) {
      parts.log.warn({ problem: error.problem }, "the server does not know this key: registering");
      await register(parts, parts.identity, signal);
      return await ask();
    }
    if (!signal.aborted) throw error;
    await releaseQuietly(parts, lease);
    return null;
  }
}

async function fetchClaimed(
  parts: ProverParts,
  claimed: ClaimedBatch,
  signal: AbortSignal,
): Promise<ReadyBatch | null> {
  const { facts, lease } = claimed;
  const held = lease === null ? null : keepLease(parts, lease);
  try {
    const data = claimed.data ?? (await fetchData(parts, facts, signal));
    const digest = sha256(data);
    if (facts === null || equalBytes(digest, facts.digest)) {
      return { facts, data, digest, lease: lease?.id ?? null, held };
    }
    await reportFailure(parts, facts.number, lease?.id ?? null, signal, {
      kind: "error",
      check: "batch.digest",
      error: "expected data with the announced digest, got other",
    });
  } catch (error) {
    await releaseAll(parts, [{ lease: lease?.id ?? null, held }]);
    if (!signal.aborted && !isDataProblem(error)) throw error;
    if (!signal.aborted) await pauseAfter(parts, facts, error, signal);
  }
  held?.letGo();
  return null;
}

async function fetchData(
  parts: ProverParts,
  facts: BatchFacts | null,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (facts === null || facts.bytes > BATCH_BYTES_MAX) {
    throw new CallError("answer_malformed", "expected a batch of acceptable size");
  }
  return retrying(parts.retry, "data", signal, (inner) => parts.api.fetchData(facts, inner));
}

/** Data that the server does not have, or not as announced, is this batch's trouble and not the gateway's end. */
function isDataProblem(error: unknown): boolean {
  if (isProblem(error, "batch_data_missing", "unknown_batch")) return true;
  const isBadAnswer = error instanceof CallError && error.status === null;
  return isBadAnswer && (error.code === "answer_malformed" || error.code === "answer_too_large");
}

/** The job went back and would be given out again at once. */
async function pauseAfter(
  parts: ProverParts,
  facts: BatchFacts | null,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const waitMs = backoffDelayMs(IDLE_RULES, 1, parts.retry.random);
  const message = error instanceof Error ? error.message : String(error);
  parts.log.warn({ batch: facts?.number, waitMs, error: message }, "cannot get the batch data");
  await parts.clock.sleep(waitMs, signal);
}
