// SPDX-License-Identifier: Apache-2.0
import { connect, ServiceCalls, type Trust, type ZetaClient } from "@zeta/client";
import { offeredAttacks } from "@zeta/client/attack/arm";
import { type HostedService, hostedServiceAt } from "@zeta/client/hosted-service";
import { ServiceApi } from "@zeta/client/http/service-api";
import { Transport } from "@zeta/client/http/transport";
import { TransportError } from "@zeta/client/http/transport-error";
import { REQUEST_TIMEOUT_MS } from "@zeta/client/limits";
import { isZetaError } from "@zeta/protocol/error";
import { fromHex, toHex } from "@zeta/protocol/hex";
import type { AttacksAnswer } from "@zeta/protocol/http-api";
import { serviceMeasurement } from "@zeta/protocol/measurement";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";

/** A service in TypeScript: its code, and its operations as the host lists them. */
export interface ServiceOperations {
  readonly hosted: HostedService;
  /** Null when the host's list cannot be read; then `problem` says why. */
  readonly calls: ServiceCalls | null;
  readonly problem: string | null;
}

/** An attested service, ready to be asked. */
export interface OpenService {
  readonly client: ZetaClient;
  /** Null: the key-value service, which is in the monitor itself. */
  readonly operations: ServiceOperations | null;
  /** May it be asked to lie? Null when the host did not say. */
  readonly attacks: AttacksAnswer | null;
}

/** This page is a client for trying things out: it takes simulated quotes, and says so wherever it shows one. */
const TRYING_OUT = { simulation: true } as const;

export function apiOf(url: string): ServiceApi {
  const fetch = (input: string, init: RequestInit) => globalThis.fetch(input, init);
  return new ServiceApi(new Transport(url, { fetch, headers: {}, timeoutMs: REQUEST_TIMEOUT_MS }));
}

/**
 * Finds out what runs at `url`, checks its quote and takes its newest certificate.
 *
 * @throws RefusedError as `connect` does; TransportError.
 */
export async function openService(url: string): Promise<OpenService> {
  const { measurement } = await apiOf(url).attestation();
  const operations = isKnownMonitor(measurement) ? null : await operationsAt(url);
  const hash = operations?.hosted.codeHash;
  const trust: Trust = { ...TRYING_OUT, ...(hash !== undefined && { serviceCode: hash }) };
  const client = await connect(url, { trust });
  return { client, operations, attacks: await attacksAt(url) };
}

/** The measurement of the monitor alone is that of the key-value service; with a service's code it is another for each code. */
function isKnownMonitor(measurement: Uint8Array): boolean {
  return toHex(measurement) === MONITOR_MEASUREMENTS.bytes;
}

/** Null when the host has no code to show: then the connection fails on the measurement, which is the better message. */
async function operationsAt(url: string): Promise<ServiceOperations | null> {
  let hosted: HostedService;
  try {
    hosted = await hostedServiceAt(url);
  } catch (error) {
    if (error instanceof TransportError && error.status === 404) return null;
    throw error;
  }
  try {
    return { hosted, calls: new ServiceCalls({ manifest: hosted.manifest }), problem: null };
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return { hosted, calls: null, problem: error.message };
  }
}

async function attacksAt(url: string): Promise<AttacksAnswer | null> {
  try {
    return await offeredAttacks(url);
  } catch (error) {
    if (error instanceof TransportError) return null;
    throw error;
  }
}

/** What evidence is judged by: this release's monitor, alone and with the code of the service that the page is connected to. */
export function trustForFiles(operations: ServiceOperations | null): Trust {
  const module = fromHex(MONITOR_MEASUREMENTS.bytes);
  if (operations === null) return TRYING_OUT;
  const code = fromHex(operations.hosted.codeHash);
  const measurements = [MONITOR_MEASUREMENTS.bytes, toHex(serviceMeasurement(module, code))];
  return { ...TRYING_OUT, measurements };
}
