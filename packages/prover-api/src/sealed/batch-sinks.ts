// SPDX-License-Identifier: Apache-2.0
/** Where a service puts the batches it seals: into a blob store with a catalogue, or straight into the job database. */
import type { BatchHeader } from "@zeta/protocol/batch";
import { sha256 } from "@zeta/protocol/digest";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { rootHash } from "@zeta/protocol/root-value";
import { BATCH_BYTES_MAX } from "@zeta/tee-api/limits";
import type { Logger } from "pino";
import { type BatchTables, lastBatch, submitBatch } from "../batches.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { FileBlobs } from "../blobs/file-blobs.ts";
import { PostgresBlobs } from "../blobs/postgres-blobs.ts";
import { S3Blobs, type S3Config } from "../blobs/s3-blobs.ts";
import { migrateToLatest } from "../database/migrations.ts";
import { openDatabase } from "../database/open-database.ts";
import { databaseClock } from "../database/sql-clock.ts";
import { WorkSignal } from "../work-signal.ts";
import { type BatchCatalogue, lastNumber } from "./batch-catalogue.ts";
import { FileCatalogue } from "./file-catalogue.ts";
import { readBatchHeader } from "./read-header.ts";
import { S3Catalogue } from "./s3-catalogue.ts";

/** A sealed batch as the service hands it over. */
export interface BatchToStore {
  readonly header: BatchHeader;
  readonly data: Uint8Array;
}

/** The service's port: see its BatchSink. */
export interface OpenBatchSink {
  last(): Promise<{ readonly number: number; readonly root: Uint8Array } | null>;
  put(batch: BatchToStore): Promise<void>;
  close(): Promise<void>;
}

/** Into files of a directory. */
export function fileBatchSink(directory: string): OpenBatchSink {
  return storeSink(new FileBlobs(directory), new FileCatalogue(directory));
}

/** Into objects of an S3-compatible store. */
export function s3BatchSink(config: S3Config): OpenBatchSink {
  return storeSink(new S3Blobs(config), new S3Catalogue(config));
}

function storeSink(blobs: BlobStore, catalogue: BatchCatalogue): OpenBatchSink {
  return {
    async last() {
      const number = await lastNumber(catalogue);
      if (number === 0) return null;
      const blob = await blobs.open((await catalogue.find(number)) ?? "");
      if (blob === null) {
        throw new ZetaError("batch_data_missing", `expected the data of batch ${number}, got none`);
      }
      return { number, root: (await readBatchHeader(blob)).root };
    },
    async put({ header, data }) {
      const digest = toHex(sha256(checkedSize(data)));
      // The data first: whoever finds the number finds the data too.
      await blobs.put(digest, data);
      await catalogue.put(header.number, digest);
    },
    async close() {},
  };
}

/**
 * Into the job database of a prover API, which may run elsewhere: the batch is announced with its data.
 *
 * @throws ZetaError or the database's errors when it cannot be reached.
 */
export async function postgresBatchSink(url: string, log: Logger): Promise<OpenBatchSink> {
  const { db, close } = await openDatabase({ kind: "postgres", url }, log);
  try {
    await migrateToLatest(db);
  } catch (error) {
    await close();
    throw error;
  }
  const tables: BatchTables = {
    db,
    blobs: new PostgresBlobs(db),
    clock: databaseClock,
    batchBytesMax: BATCH_BYTES_MAX,
    work: new WorkSignal(),
  };
  return {
    async last() {
      const row = await lastBatch(tables);
      return row === undefined ? null : { number: row.number, root: row.root };
    },
    put: ({ header, data }) =>
      submitBatch(tables, {
        number: header.number,
        service: header.service,
        previousRoot: rootHash(header.previousRootValue),
        root: header.root,
        receiptsRoot: header.receiptsRoot,
        data: checkedSize(data),
      }),
    close,
  };
}

function checkedSize(data: Uint8Array): Uint8Array {
  if (data.length <= BATCH_BYTES_MAX) return data;
  throw new ZetaError(
    "batch_too_large",
    `expected at most ${BATCH_BYTES_MAX} bytes, got ${data.length}`,
  );
}
