// SPDX-License-Identifier: Apache-2.0
import { connect, ServiceCalls, type Trust, type ZetaClient } from "@zeta/client";
import { offeredAttacks } from "@zeta/client/attack/arm";
import { type HostedService, hostedServiceAt } from "@zeta/client/hosted-service";
import { ServiceApi } from "@zeta/client/http/service-api";
import { Transport } from "@zeta/client/http/transport";
import { TransportError } from "@zeta/client/http/transport-error";
import { REQUEST_TIMEOUT_MS } from "@zeta/client/limits";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { AttacksAnswer } from "@zeta/protocol/http-api";
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
  /** What it was accepted by. */
  readonly accepted: Trust;
  /** Null: the key-value service, which is in the monitor itself. */
  readonly operations: ServiceOperations | null;
  /** May it be asked to lie? Null when the host did not say. */
  readonly attacks: AttacksAnswer | null;
}

export function apiOf(url: string): ServiceApi {
  const fetch = (input: string, init: RequestInit) => globalThis.fetch(input, init);
  return new ServiceApi(new Transport(url, { fetch, headers: {}, timeoutMs: REQUEST_TIMEOUT_MS }));
}

/**
 * Finds out what runs at `url`, checks its quote and takes its newest certificate.
 *
 * @param accepted what the page accepts, whichever service it is
 * @throws RefusedError as `connect` does; TransportError.
 */
export async function openService(url: string, accepted: Trust): Promise<OpenService> {
  const { measurement } = await apiOf(url).attestation();
  const operations = isMonitorAlone(measurement, accepted) ? null : await operationsAt(url);
  const hash = operations?.hosted.codeHash;
  const trust: Trust = { ...accepted, ...(hash !== undefined && { serviceCode: hash }) };
  const client = await connect(url, { trust });
  return { client, accepted, operations, attacks: await attacksAt(url) };
}

/** The measurement of the monitor alone is that of the key-value service; with a service's code it is another for each code. */
function isMonitorAlone(measurement: Uint8Array, accepted: Trust): boolean {
  return monitorsOf(accepted).includes(toHex(measurement));
}

function monitorsOf({ measurements }: Trust): readonly string[] {
  return measurements ?? [MONITOR_MEASUREMENTS.bytes];
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

/**
 * What evidence is judged by, one after the other: the monitors that the page accepts, alone, and with the code of the service that it is
 * connected to. Never both at once: the same bytes say something else to each.
 */
export function trustsForFiles(
  accepted: Trust,
  operations: ServiceOperations | null,
): readonly [Trust, ...Trust[]] {
  if (operations === null) return [accepted];
  return [accepted, { ...accepted, serviceCode: operations.hosted.codeHash }];
}
