// SPDX-License-Identifier: Apache-2.0
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { writeFileSync } from "node:fs";
import { CALLER_KEY_BYTES } from "@zeta/protocol/call-message";
import { usageError } from "../exit.ts";
import { readCapped } from "../options/read-capped.ts";

/** A key in PEM takes some 120 bytes. */
const FILE_BYTES_MAX = 4096;

/**
 * The Ed25519 key in a file, as `zeta key` or `openssl genpkey -algorithm ed25519` write it.
 *
 * @throws ZetaError `usage` for a file that is not there, or holds something else.
 */
export function readCallerKey(path: string): KeyObject {
  const key = parse(readText(path));
  if (key?.asymmetricKeyType === "ed25519") return key;
  const got = key === null ? "something else" : `a key for ${key.asymmetricKeyType}`;
  throw usageError(`${path}: expected an Ed25519 private key in PEM, got ${got}`);
}

/** Makes a key that only its owner's account can read. False: there is a file already, which stays as it is. */
export function makeCallerKey(path: string): boolean {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" });
  try {
    writeFileSync(path, pem, { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unusable(path, error);
  }
}

/** The public half as services' arguments have it: 32 bytes in lower-case hex. */
export function publicHexOf(key: KeyObject): string {
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return spki.subarray(-CALLER_KEY_BYTES).toString("hex");
}

function readText(path: string): string {
  try {
    return readCapped(path, FILE_BYTES_MAX) ?? "";
  } catch (error) {
    throw unusable(path, error);
  }
}

function parse(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function unusable(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return usageError(`${path}: expected a file for a key, got: ${reason}`, error);
}
