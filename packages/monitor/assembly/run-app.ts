// SPDX-License-Identifier: Apache-2.0
/** §4.8 RunApp: the framing of an application call; the profile's application does the rest. */
import { callBytes } from "./app-bytes";
import { callKv64 } from "./app-kv64";
import { callService, functionCount } from "./app-service";
import { D_length, D_short } from "./checks";
import { advance, cursor, has, readU32 } from "./decode";
import { malformed } from "./outcome";
import { BYTES, PAYLOAD_BYTES_MAX } from "./profile";

export function runApp(): i32 {
  const at = cursor;
  if (!has(at, 5)) return malformed(D_short);
  const functionId = load<u8>(at);
  const length = readU32(at + 1);
  if (length > PAYLOAD_BYTES_MAX) return malformed(D_length);
  const payload = at + 5;
  if (!has(payload, length)) return malformed(D_short);
  advance(payload + length);
  if (!BYTES) return callKv64(functionId, payload, length);
  return functionCount
    ? callService(functionId, payload, length)
    : callBytes(functionId, payload, length);
}
