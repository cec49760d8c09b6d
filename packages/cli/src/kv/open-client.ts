// SPDX-License-Identifier: Apache-2.0
import { connect, isRefused, type RefusalCode, type ZetaClient } from "@zeta/client";
import { hostedServiceAt } from "@zeta/client/hosted-service";
import type { Trust } from "@zeta/client/trust";
import { ZetaError } from "@zeta/protocol/error";
import { readTrust, type TrustOptions } from "../evidence/read-trust.ts";
import { commandName } from "../output/command-name.ts";
import { note } from "../output/console.ts";

export interface ClientOptions extends Omit<TrustOptions, "at"> {
  readonly url: string;
  /** SHA-256 of the code of the service that the monitor must run, hex; left out: the key-value service. */
  readonly serviceCode?: string;
  /** The same of its earlier releases, which instances before this one may have run. */
  readonly formerServiceCodes?: readonly string[];
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

/** How long the host may take to show what it runs. */
const SHOW_MS_MAX = 5_000;

/** Whoever asks a service in TypeScript for keys and values has met another monitor than the key-value service's: says what to do instead. */
async function explainMonitor(url: string, error: unknown): Promise<never> {
  if (!isRefused(error, "attestation_rejected") || error.check !== "MEASUREMENT_NOT_ALLOWED") {
    throw error;
  }
  const shown = await hostedServiceAt(url, { timeoutMs: SHOW_MS_MAX }).catch(() => null);
  if (shown === null) throw error;
  const message = `expected the key-value service at ${url}, got one in TypeScript, as its host says: ${commandName()} call asks it (${error.message})`;
  throw new ZetaError(error.code, message, { cause: error });
}

const ADVICE: Partial<Record<RefusalCode, string>> = {
  attestation_rejected:
    "it must run the code that is named, and what --former names may only have run before it",
  lineage_invalid:
    "if its data come from an earlier release of the service, name that: --former FILE or its code's SHA-256",
};

/** Whoever asks for a service in TypeScript has met another monitor, or another service or release of it: says what to do. */
function explainCode(error: unknown): never {
  if (!isRefused(error) || error.check !== "MEASUREMENT_NOT_ALLOWED") throw error;
  const advice = ADVICE[error.code];
  if (advice === undefined) throw error;
  throw new ZetaError(error.code, `${error.message}; ${advice}`, { cause: error });
}

/** Connects, checks the attestation, and says on stderr when it is only a simulated one. */
export async function openClient(options: ClientOptions): Promise<ZetaClient> {
  const { url, serviceCode, formerServiceCodes = [] } = options;
  const trust = await readTrust(options);
  const client =
    serviceCode === undefined
      ? await connectTo(url, trust).catch((error) => explainMonitor(url, error))
      : await connectTo(url, { ...trust, serviceCode, formerServiceCodes }).catch(explainCode);
  if (client.simulated) note("SIMULATED TEE");
  return client;
}
