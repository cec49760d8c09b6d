// SPDX-License-Identifier: Apache-2.0
import { connect, isRefused, type ZetaClient } from "@zeta/client";
import { ZetaError } from "@zeta/protocol/error";
import { DEFAULT_POLICY, type Policy, readPolicy, trustOf } from "../evidence/policy-file.ts";
import { note } from "../output/console.ts";

export interface ClientOptions {
  readonly url: string;
  /** File of a policy; without it simulated quotes are accepted, and said. */
  readonly policy?: string;
}

async function connectTo(url: string, policy: Policy): Promise<ZetaClient> {
  try {
    return await connect(url, { trust: trustOf(policy) });
  } catch (error) {
    if (!isRefused(error, "network_error")) throw error;
    const message = `expected a service at ${url}, got none (${error.message}); start one: zeta serve`;
    throw new ZetaError("network_error", message, { cause: error });
  }
}

/** Connects, checks the attestation, and says on stderr when it is only a simulated one. */
export async function openClient(options: ClientOptions): Promise<ZetaClient> {
  const policy = options.policy === undefined ? DEFAULT_POLICY : readPolicy(options.policy);
  const client = await connectTo(options.url, policy);
  if (client.simulated) note("SIMULATED TEE");
  return client;
}
