// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "@zeta/protocol/bytes";
import { TransportError } from "./transport-error.ts";

/**
 * The body's bytes, at most `max`: the host decides how much it sends, so it is counted while it
 * comes.
 */
export async function readCapped(response: Response, max: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of chunksOf(response)) {
    length += part.length;
    if (length > max) {
      throw new TransportError("service_error", `expected at most ${max} bytes of answer`, {
        problem: "malformed_answer",
        status: response.status,
      });
    }
    parts.push(part);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : concatBytes(...parts);
}

/** The chunks of a body; leaving the loop early cancels the rest. */
export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      yield chunk.value;
    }
  } finally {
    // After the end this does nothing; before it, the host need not send what nobody reads.
    reader.cancel().catch(() => undefined);
  }
}
