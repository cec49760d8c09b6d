// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { BATCH_NUMBER_MAX, SERVICE_ID_PATTERN } from "@zeta/tee-api/limits";
import { type Selectable, sql } from "kysely";
import type { ProverContext } from "./context.ts";
import { LOCKS } from "./database/locks.ts";
import type { BatchesTable } from "./database/schema.ts";

/** A batch as the service seals it. The data is opaque here; roots are 32 bytes. */
export interface SealedBatch {
  /** u32; higher than every batch before. */
  readonly number: number;
  readonly service: string;
  readonly previousRoot: Uint8Array;
  readonly root: Uint8Array;
  /** Null for a batch without receipts. */
  readonly receiptsRoot: Uint8Array | null;
  readonly data: Uint8Array;
}

/** The same without its data, which is named by its digest. */
export interface AnnouncedBatch extends Omit<SealedBatch, "data"> {
  /** SHA-256 of the data. */
  readonly digest: Uint8Array;
  readonly bytes: number;
}

/** What taking batches needs of a server; a service that seals into the database has no more. */
export type BatchTables = Pick<ProverContext, "db" | "blobs" | "clock" | "batchBytesMax" | "work">;

export type BatchRow = Selectable<BatchesTable>;

export type SubmitBatchCode =
  | "batch_invalid"
  | "batch_too_large"
  | "batch_conflict"
  | "batch_out_of_order"
  | "batch_chain_broken";

const NO_RECEIPTS = new Uint8Array(32);

/**
 * Takes a sealed batch: stores its data, then announces it to the provers. The identical batch may be given again after a lost answer.
 *
 * @throws ZetaError with a {@link SubmitBatchCode}.
 */
export async function submitBatch(context: BatchTables, batch: SealedBatch): Promise<void> {
  const { data, ...facts } = batch;
  const announced = { ...facts, digest: sha256(data), bytes: data.length };
  checkBatch(announced, context.batchBytesMax);
  await context.blobs.put(toHex(announced.digest), data);
  await announceBatch(context, announced);
}

/**
 * Announces a batch whose data lies in the blob store already. The same one may be announced again.
 *
 * @throws ZetaError with a {@link SubmitBatchCode}.
 */
export async function announceBatch(context: BatchTables, batch: AnnouncedBatch): Promise<void> {
  checkBatch(batch, context.batchBytesMax);
  await context.db.transaction().execute(async (transaction) => {
    // One after the other: the order of numbers is checked against the last.
    await sql`SELECT pg_advisory_xact_lock(${LOCKS.batches})`.execute(transaction);
    const same = await transaction
      .selectFrom("batches")
      .selectAll()
      .where("number", "=", batch.number)
      .executeTakeFirst();
    if (same !== undefined) {
      if (!isSame(same, batch)) {
        refuse("batch_conflict", `batch ${batch.number} is stored already, with other content`);
      }
      return;
    }
    const last = await lastBatch({ db: transaction });
    if (last !== undefined) checkSuccessor(last, batch);
    await transaction
      .insertInto("batches")
      .values({
        number: batch.number,
        service: batch.service,
        previous_root: batch.previousRoot,
        root: batch.root,
        receipts_root: batch.receiptsRoot ?? NO_RECEIPTS,
        digest: batch.digest,
        bytes: batch.bytes,
        sealed_at: context.clock(),
      })
      .execute();
  });
  context.work.notify();
}

/** The batch with the highest number, undefined when there is none. */
export function lastBatch({ db }: Pick<BatchTables, "db">): Promise<BatchRow | undefined> {
  return db.selectFrom("batches").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst();
}

/** One batch, or undefined. */
export function findBatch(context: ProverContext, number: number): Promise<BatchRow | undefined> {
  return context.db
    .selectFrom("batches")
    .selectAll()
    .where("number", "=", number)
    .executeTakeFirst();
}

/** The lowest and highest number that provers may be given, null when there is none. */
export async function presentBatches(
  context: ProverContext,
): Promise<{ oldest: number | null; latest: number | null }> {
  const row = await context.db
    .selectFrom("batches")
    .select(({ fn }) => [fn.min("number").as("oldest"), fn.max("number").as("latest")])
    .where("number", ">=", context.rules.firstProcessedBatch)
    .executeTakeFirstOrThrow();
  return row as { oldest: number | null; latest: number | null };
}

function checkBatch(batch: AnnouncedBatch, bytesMax: number): void {
  const { number, service, bytes } = batch;
  if (!Number.isInteger(number) || number < 0 || number > BATCH_NUMBER_MAX) {
    refuse("batch_invalid", `expected a batch number 0..${BATCH_NUMBER_MAX}, got ${number}`);
  }
  if (!new RegExp(SERVICE_ID_PATTERN).test(service)) {
    refuse("batch_invalid", `expected a service of 1..64 ASCII characters, got "${service}"`);
  }
  for (const root of [batch.previousRoot, batch.root, batch.receiptsRoot ?? NO_RECEIPTS]) {
    if (root.length !== 32)
      refuse("batch_invalid", `expected roots of 32 bytes, got ${root.length}`);
  }
  if (bytes === 0) refuse("batch_invalid", "expected batch data, got none");
  if (bytes > bytesMax) {
    refuse("batch_too_large", `expected at most ${bytesMax} bytes, got ${bytes}`);
  }
}

function checkSuccessor(last: BatchRow, batch: AnnouncedBatch): void {
  if (batch.number < last.number) {
    refuse("batch_out_of_order", `expected a batch above ${last.number}, got ${batch.number}`);
  }
  if (batch.service !== last.service) {
    refuse("batch_invalid", `expected service ${last.service}, got ${batch.service}`);
  }
  if (batch.number === last.number + 1 && !equalBytes(batch.previousRoot, last.root)) {
    const got = toHex(batch.previousRoot);
    refuse("batch_chain_broken", `expected previous root ${toHex(last.root)}, got ${got}`);
  }
}

function isSame(row: BatchRow, batch: AnnouncedBatch): boolean {
  return (
    row.service === batch.service &&
    equalBytes(row.digest, batch.digest) &&
    equalBytes(row.previous_root, batch.previousRoot) &&
    equalBytes(row.root, batch.root) &&
    equalBytes(row.receipts_root, batch.receiptsRoot ?? NO_RECEIPTS)
  );
}

function refuse(code: SubmitBatchCode, message: string): never {
  throw new ZetaError(code, message);
}
