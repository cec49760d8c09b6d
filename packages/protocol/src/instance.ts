// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "./byte-writer.ts";
import { utf8 } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import { assert } from "./error.ts";
import { PUBLIC_KEY_BYTES } from "./signature.ts";

/** A start of the enclave: a fresh key makes a fresh instance, so certificates of an old one never speak for a new one (`S.inst`). */
export function instanceIdOf(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(publicKey.length === PUBLIC_KEY_BYTES, "a compressed public key of 33 bytes");
  return sha256(new ByteWriter(64).frame8(utf8("zeta.instance.v1")).bytes(publicKey).view());
}
