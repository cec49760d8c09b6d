// SPDX-License-Identifier: Apache-2.0
import { hostedServiceAt } from "@zeta/client/hosted-service";
import { TransportError } from "@zeta/client/http/transport-error";
import { ZetaError } from "@zeta/protocol/error";
import { commandName } from "../output/command-name.ts";

/**
 * The code that a host says it runs. Nothing is believed of it: the certificate holds its hash.
 *
 * @param url of the service.
 * @param timeoutMs for the whole answer.
 * @throws ZetaError `not_found` for the key-value service, which has no code of this kind; `network_error` or `service_error`.
 */
export async function codeAtService(url: string, timeoutMs: number): Promise<string> {
  try {
    return (await hostedServiceAt(url, { timeoutMs })).code;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.code === "network_error") {
      const message = `expected a service at ${url}, got none (${error.message}); start one: ${commandName()} serve`;
      throw new ZetaError("network_error", message, { cause: error });
    }
    if (error.status !== 404) throw error;
    const message =
      "expected a service in TypeScript, got the key-value service: zeta get, put, del";
    throw new ZetaError("not_found", message, { cause: error });
  }
}
