// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ZetaError } from "@zeta/protocol/error";
import { isErrno } from "../errno.ts";

/**
 * The embedded Postgres does not notice a second process in its directory and then loses rows silently. So the directory is locked by
 * a file that names the owner. A lock is taken over only from an owner on this machine that is certainly gone.
 */
export interface DirectoryLock {
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
}

const LOCK_FILE = "zeta.lock";
const TAKEOVER_FILE = "zeta.lock.takeover";

/** Directories this process holds: its own pid in a lock file may also be that of an earlier process. */
const held = new Set<string>();

/**
 * Locks `directory`, which is created if needed.
 *
 * @throws ZetaError `directory_in_use`.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, LOCK_FILE);
  if (!(await createLock(path))) await takeOver(directory, path);
  held.add(path);
  return {
    async release() {
      held.delete(path);
      await rm(path, { force: true });
    },
  };
}

async function createLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner));
    await file.close();
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/** Only one process at a time may judge and replace a stale lock, or two would each remove the other's fresh one. */
async function takeOver(directory: string, path: string): Promise<void> {
  const takeover = join(directory, TAKEOVER_FILE);
  if (!(await createLock(takeover))) {
    refuse(directory, `another process is taking it over; if none is, remove ${takeover}`);
  }
  try {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) {
      if (!isGone(text, path)) refuse(directory, `its lock file says ${text}`);
      await rm(path, { force: true });
    }
    if (!(await createLock(path))) refuse(directory, "another process was faster");
  } finally {
    await rm(takeover, { force: true });
  }
}

/** An unreadable lock may be one that is being written: it counts as alive. */
function isGone(text: string, path: string): boolean {
  let owner: Partial<Owner>;
  try {
    owner = JSON.parse(text) as Partial<Owner>;
  } catch {
    return false;
  }
  const { pid, host } = owner;
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1 || host !== hostname()) {
    return false;
  }
  if (pid === process.pid) return !held.has(path);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: alive, under another user.
    return isErrno(error, "ESRCH");
  }
}

function refuse(directory: string, why: string): never {
  throw new ZetaError(
    "directory_in_use",
    `expected ${directory} to be free, got it in use: ${why}`,
  );
}
