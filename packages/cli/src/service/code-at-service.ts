// SPDX-License-Identifier: Apache-2.0
import { SERVICE_CODE_BYTES_MAX } from "@zeta/app/limits";
import { Transport } from "@zeta/client/http/transport";
import { TransportError } from "@zeta/client/http/transport-error";
import { objectOf, stringOf } from "@zeta/client/json";
import { ZetaError } from "@zeta/protocol/error";

/** Escapes of JSON can double the code; the rest of the answer is small. */
const ANSWER_BYTES_MAX = 2 * SERVICE_CODE_BYTES_MAX + 4096;

/**
 * The code that a host says it runs. Nothing is believed of it: the certificate holds its hash.
 *
 * @param url of the service.
 * @param timeoutMs for the whole answer.
 * @throws ZetaError `not_found` for the key-value service, which has no code of this kind; `network_error` or `service_error`.
 */
export async function codeAtService(url: string, timeoutMs: number): Promise<string> {
  const transport = new Transport(url, { fetch, headers: {}, timeoutMs });
  try {
    return await transport.json("v1/service", readCode, { maxBytes: ANSWER_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.code === "network_error") {
      const message = `expected a service at ${url}, got none (${error.message}); start one: zeta serve`;
      throw new ZetaError("network_error", message, { cause: error });
    }
    if (error.status !== 404) throw error;
    const message =
      "expected a service in TypeScript, got the key-value service: zeta get, put, del";
    throw new ZetaError("not_found", message, { cause: error });
  }
}

function readCode(answer: unknown): string {
  return stringOf(objectOf(answer, "service").code, SERVICE_CODE_BYTES_MAX, "code");
}
