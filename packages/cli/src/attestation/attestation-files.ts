// SPDX-License-Identifier: Apache-2.0
import { isAttestationError } from "@zeta/attestation/error";
import { POLICY_BYTES_MAX } from "@zeta/attestation/limits";
import { usageError } from "../exit.ts";
import { readCapped } from "../options/read-capped.ts";

/**
 * Reads what an option names. A file that cannot be read is bad usage; what a file that can be read says is the reader's own error.
 *
 * @throws ZetaError `usage` instead of the file system's errors.
 */
export async function readNamed<T>(
  option: string,
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw usageError(`${option} ${path}: expected ${missing(error, path)}, got ${code}`, error);
  }
}

/** In a directory: which file it was. */
function missing(error: unknown, path: string): string {
  const named = error instanceof Error && "path" in error ? String(error.path) : path;
  return named === path ? "a readable file" : `to read ${named}`;
}

/** Node's errors of the file system, and no others, carry the number that the system gave. */
function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("errno" in error) || !("code" in error)) return null;
  return String(error.code);
}

/**
 * The policy in the file that `option` names, as `parse` reads it.
 *
 * @throws ZetaError `usage`: a policy that is not understood must not pass for a lenient one.
 */
export async function readPolicyWith<T>(
  path: string,
  parse: (text: string) => T,
  option = "--policy",
): Promise<T> {
  const text = await readNamed(option, path, async () => readCapped(path, POLICY_BYTES_MAX));
  if (text === null) {
    throw usageError(`${option} ${path}: expected at most ${POLICY_BYTES_MAX} bytes, got more`);
  }
  try {
    return parse(text);
  } catch (error) {
    if (!isAttestationError(error)) throw error;
    throw usageError(`${option} ${path}: ${error.message}`, error);
  }
}
