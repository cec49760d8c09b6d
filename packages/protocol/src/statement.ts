// SPDX-License-Identifier: Apache-2.0
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { equalBytes, utf8 } from "./bytes.ts";
import { assert, ZetaError } from "./error.ts";
import { DIGEST_BYTES, SERVICE_ID_BYTES_MAX } from "./limits.ts";
import { PROFILE_NUMBER, type Profile, profileOfNumber } from "./profile.ts";

/** What every signed statement says first: who speaks, for which service, from which code, and where its history began. */
export interface StatementHead {
  readonly instanceId: Uint8Array;
  /** 1..64 printable ASCII characters. */
  readonly serviceId: string;
  readonly profile: Profile;
  /** SHA-256 of the monitor's WebAssembly module. */
  readonly measurement: Uint8Array;
  /** Hash of the checkpoint from which this instance began (checkpoint.ts); {@link NO_ORIGIN}: from an empty store. */
  readonly origin: Uint8Array;
}

/** `origin` of an instance that continues no other. */
export const NO_ORIGIN: Uint8Array = new Uint8Array(DIGEST_BYTES);

/** Printable ASCII without space: one text, one encoding, safe to print. */
const SERVICE_ID = /^[!-~]{1,64}$/;

export function writeHead(writer: ByteWriter, domain: string, head: StatementHead): void {
  assert(
    SERVICE_ID.test(head.serviceId),
    `a service id of 1..64 ASCII characters, got "${head.serviceId}"`,
  );
  assert(head.instanceId.length === DIGEST_BYTES, "an instance id of 32 bytes");
  assert(head.measurement.length === DIGEST_BYTES, "a measurement of 32 bytes");
  assert(head.origin.length === DIGEST_BYTES, "an origin of 32 bytes");
  writer.frame8(utf8(domain)).bytes(head.instanceId).frame8(utf8(head.serviceId));
  writer.u8(PROFILE_NUMBER[head.profile]).bytes(head.measurement).bytes(head.origin);
}

export function readHead(reader: ByteReader, domain: string): StatementHead {
  const given = reader.frame8(1, 255, "domain");
  if (!equalBytes(given, utf8(domain))) {
    throw new ZetaError(
      "D.kind",
      `expected a statement of domain ${domain}, got ${JSON.stringify(ascii(given))}`,
    );
  }
  const instanceId = reader.bytes(DIGEST_BYTES, "instance id").slice();
  const serviceId = ascii(reader.frame8(1, SERVICE_ID_BYTES_MAX, "service id"));
  if (!SERVICE_ID.test(serviceId))
    throw new ZetaError("D.kind", "expected a printable ASCII service id");
  const number = reader.u8("profile");
  const profile = profileOfNumber(number);
  if (profile === null) throw new ZetaError("D.kind", `expected profile 1 or 2, got ${number}`);
  return {
    instanceId,
    serviceId,
    profile,
    measurement: reader.bytes(DIGEST_BYTES, "measurement").slice(),
    origin: reader.bytes(DIGEST_BYTES, "origin").slice(),
  };
}

/** Bytes as Latin-1 text; callers match it against an ASCII pattern. */
export function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
