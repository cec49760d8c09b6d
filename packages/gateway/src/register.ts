// SPDX-License-Identifier: Apache-2.0
import type { GatewayIdentity } from "./api/prover-api.ts";
import type { ProverParts } from "./parts.ts";
import { retrying } from "./retry.ts";

/** Registers a key with its quote, until the server has taken it. Registering again is harmless. */
export async function register(
  parts: ProverParts,
  identity: Pick<GatewayIdentity, "publicKey" | "quote" | "teeType">,
  signal: AbortSignal,
): Promise<void> {
  await retrying(parts.retry, "register", signal, (inner) => parts.api.register(identity, inner));
  parts.metrics.isRegistered.set(1);
}

/** Refusals that a registration mends: the server forgot the key, or its attestation's time is over. */
export const REGISTER_AGAIN: readonly string[] = ["unregistered_key", "attestation_expired"];
