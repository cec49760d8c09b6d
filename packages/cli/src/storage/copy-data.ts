// SPDX-License-Identifier: Apache-2.0
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { type CopyOptions, copyStorage } from "@zeta/storage/copy-storage";
import { openStorage } from "@zeta/storage/open-storage";
import type { Storage } from "@zeta/storage/storage";
import { EXIT, type ExitCode, usageError } from "../exit.ts";
import { openWritable } from "../options/writable-directory.ts";
import { note, print, printJson } from "../output/console.ts";
import { type Progress, startCount } from "../output/progress.ts";
import { grouped, table } from "../output/table.ts";
import { ownPlace } from "../serve/data-place.ts";
import { stopRequest, unlessStopped } from "../until-signal.ts";

export interface CopyCommand {
  /** As `--from` and `--to` were checked. */
  readonly from: string;
  readonly to: string;
  readonly serviceId: string;
  readonly json: boolean;
}

/** `zeta storage copy`: both places belong to this process until everything is copied. */
export async function copyData({ from, to, serviceId, json }: CopyCommand): Promise<ExitCode> {
  if (from === to) throw usageError("--to: expected another place than --from, got the same");
  const stop = stopRequest();
  const source = await openSource(ownPlace(from, serviceId), serviceId);
  try {
    const target = await openTarget(to, serviceId);
    try {
      const { onProgress, end } = tellProgress(json);
      const copying = copyStorage(source, target, { onProgress, signal: stop.signal });
      const copied = await unlessStopped(stop, copying, "the copy");
      if (copied === null) {
        note("nothing was copied");
        return EXIT.negative;
      }
      end();
      const { records, names, pages, entries } = copied;
      const places = { service: serviceId, from: source.place, to: target.place };
      if (json) printJson({ ...places, records, names, pages, journalEntries: entries });
      else
        print(table([...Object.entries(places), ...counted({ records, names, pages, entries })]));
      return EXIT.success;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function counted(sizes: Readonly<Record<string, number>>): [string, string][] {
  return Object.entries(sizes).map(([what, count]) => [what, String(count)]);
}

/** Whoever opens a place for writing makes it, so it is looked for first; and who copies must be the only one to write there. */
async function openSource(place: string, serviceId: string): Promise<Storage> {
  await (await openStorage(place, { serviceId, isReadOnly: true })).close();
  try {
    return await openStorage(place, { serviceId });
  } catch (error) {
    if (!isZetaError(error, "storage_in_use")) throw error;
    const message = `${error.message}; stop the service before its data are copied`;
    throw new ZetaError(error.code, message, { cause: error });
  }
}

function openTarget(place: string, serviceId: string): Promise<Storage> {
  if (place.startsWith("lmdb:")) openWritable("--to", place.slice("lmdb:".length));
  return openStorage(ownPlace(place, serviceId), { serviceId });
}

/** One count after the other, each ended by the next; nobody knows how far the writing of a checkpoint is. */
function tellProgress(silent: boolean) {
  let present: { readonly what: string; readonly progress: Progress } | null = null;
  const end = (): void => present?.progress.end();
  const onProgress: NonNullable<CopyOptions["onProgress"]> = (what, count) => {
    if (what === "checkpoint") {
      end();
      present = null;
      if (!silent) note(`writing all ${grouped(count)} in one checkpoint`);
      return;
    }
    if (present?.what !== what) {
      end();
      present = { what, progress: startCount(what, silent) };
    }
    present.progress.advance(count);
  };
  return { onProgress, end };
}
