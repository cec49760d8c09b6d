// SPDX-License-Identifier: Apache-2.0
import { connect, isRefused, type ZetaClient } from "@zeta/client";
import type { Trust } from "@zeta/client/trust";
import { ZetaError } from "@zeta/protocol/error";
import { readTrust, type TrustOptions } from "../evidence/policy-file.ts";
import { commandName } from "../output/command-name.ts";
import { note } from "../output/console.ts";

export interface ClientOptions extends Omit<TrustOptions, "at"> {
  readonly url: string;
  /** SHA-256 of the code of the service that the monitor must run, hex; left out: the key-value service. */
  readonly serviceCode?: string;
}

/** Connects; nobody there is told in our words. */
export async function connectTo(url: string, trust: Trust): Promise<ZetaClient> {
  try {
    return await connect(url, { trust });
  } catch (error) {
    if (!isRefused(error, "network_error")) throw error;
    throw new ZetaError("network_error", notThere(url, error.message), { cause: error });
  }
}

/** TLS asked of a server that speaks none: OpenSSL says so in words of its own. */
const NO_TLS = /wrong version number|packet length too long/;

function notThere(url: string, reason: string): string {
  if (NO_TLS.test(reason)) return `expected TLS at ${url}, got none: try http://`;
  return `expected a service at ${url}, got none (${reason}); start one: ${commandName()} serve`;
}

/** Connects, checks the attestation, and says on stderr when it is only a simulated one. */
export async function openClient(options: ClientOptions): Promise<ZetaClient> {
  const client = await connectTo(options.url, {
    ...(await readTrust(options)),
    ...(options.serviceCode !== undefined && { serviceCode: options.serviceCode }),
  });
  if (client.simulated) note("SIMULATED TEE");
  return client;
}
