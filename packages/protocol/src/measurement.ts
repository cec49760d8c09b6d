// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "./byte-writer.ts";
import { utf8 } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import { assert } from "./error.ts";
import { DIGEST_BYTES } from "./limits.ts";

const DOMAIN = "zeta.service.measurement.v1";

/**
 * The measurement of a monitor that runs a service of its own (docs/formats.md): monitor and service in one hash. The built-in
 * key-value service has none; its measurement is the module's.
 *
 * @param module SHA-256 of the monitor's module.
 * @param code SHA-256 of the service's code.
 * @example
 * const expected = serviceMeasurement(fromHex(MONITOR_MEASUREMENTS.bytes), codeHash);
 */
export function serviceMeasurement(module: Uint8Array, code: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(module.length === DIGEST_BYTES, "a module hash of 32 bytes");
  assert(code.length === DIGEST_BYTES, "a code hash of 32 bytes");
  return sha256(new ByteWriter(96).frame8(utf8(DOMAIN)).bytes(module).bytes(code).view());
}
