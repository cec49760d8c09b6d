// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { open } from "lmdb";
import { storageError } from "../storage-errors.ts";

/** Lets another writer in. */
export interface WriterLock {
  release(): Promise<void>;
}

/**
 * Locks a directory for one writer. LMDB itself lets any number of processes write, one after the other; but it knows which processes
 * read, by a table whose entries of dead processes it removes with the help of the kernel's file locks. So a writer is who holds a read
 * transaction in an environment that is there for nothing else: no process number is guessed at, none is left behind by a crash.
 *
 * Who comes registers first and then looks whether somebody else is there: of two who come at the same time both may be refused, but
 * never are both let in.
 *
 * @throws ZetaError `storage_in_use`.
 */
export async function lockForWriting(directory: string): Promise<WriterLock> {
  const environment = open({ path: join(directory, "writer"), noSubdir: false, maxReaders: 64 });
  const mine = environment.useReadTransaction();
  const release = async () => {
    mine.done();
    await environment.close();
  };
  environment.readerCheck();
  const writers = environment
    .readerList()
    .split("\n")
    .flatMap((line) => /^\s*(\d+) +[\da-f]+ +\d+\s*$/.exec(line)?.[1] ?? []);
  if (writers.length === 1) return { release };
  await release();
  const others = writers.filter((writer) => writer !== String(process.pid)).join(", ");
  const got = others === "" ? "a writer in this process" : `a writer in process ${others}`;
  throw storageError("storage_in_use", `expected nobody else to write to ${directory}, got ${got}`);
}
