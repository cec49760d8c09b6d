// SPDX-License-Identifier: Apache-2.0
import { SERVICE_CODE_BYTES_MAX } from "@zeta/app/limits";
import { utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { type Fetch, Transport } from "./http/transport.ts";
import { objectOf, stringOf } from "./json.ts";
import { REQUEST_TIMEOUT_MS } from "./limits.ts";

/** What a host says it runs. */
export interface HostedService {
  readonly code: string;
  /** SHA-256 of the code, hex, computed here: for `Trust.serviceCode`, so that the certificates are held against it. */
  readonly codeHash: string;
  /** The operations, for `ServiceCalls`. The host's word: only who runs the code knows that it says the same. */
  readonly manifest: unknown;
}

/** Escapes of JSON can double the code; the manifest is in the code, too, and the rest of the answer is small. */
const ANSWER_BYTES_MAX = 4 * SERVICE_CODE_BYTES_MAX + 4096;

/**
 * Asks a host for the code of its service in TypeScript.
 *
 * @throws TransportError; with status 404 it is the key-value service, which has no code of this kind.
 */
export function hostedServiceAt(
  url: string,
  options: { readonly fetch?: Fetch; readonly timeoutMs?: number } = {},
): Promise<HostedService> {
  const { timeoutMs = REQUEST_TIMEOUT_MS } = options;
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const transport = new Transport(url, { fetch, headers: {}, timeoutMs });
  return transport.json("v1/service", readHostedService, { maxBytes: ANSWER_BYTES_MAX });
}

/** @throws ZetaError `malformed`. */
export function readHostedService(answer: unknown): HostedService {
  const object = objectOf(answer, "service");
  const code = stringOf(object.code, SERVICE_CODE_BYTES_MAX, "code");
  return { code, codeHash: toHex(sha256(utf8(code))), manifest: object.manifest };
}
