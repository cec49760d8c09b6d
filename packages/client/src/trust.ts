// SPDX-License-Identifier: Apache-2.0
import type { VerifyOptions } from "@zeta/attestation/evidence";
import type { Policy } from "@zeta/attestation/policy";
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { assert } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { serviceMeasurement } from "@zeta/protocol/measurement";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import type { LinePolicy } from "./verify/line-policy.ts";

/** What the caller is ready to trust. Without anything: no service at all. */
export interface Trust {
  /** Accept simulated quotes, which anybody can make: for trying things out. */
  readonly simulation?: boolean;
  /** Accept hardware quotes that satisfy a policy. */
  readonly hardware?: HardwareTrust;
  /**
   * SHA-256 of the acceptable monitor modules, hex; those of the instances before this one among them (`GET /v1/lineage`). Default: the
   * one this release was built with.
   */
  readonly measurements?: readonly string[];
  /**
   * SHA-256 of the code of a service in TypeScript, hex: the monitor must run this service (and be one of `measurements`). Without it the
   * built-in key-value service is expected. Whichever it is, nothing is asked or read in the words of the other: function numbers and bytes
   * mean something else there.
   */
  readonly serviceCode?: string;
  /**
   * The same of earlier releases of the service, which the instances before this one may have run. One that runs them still is not believed:
   * its answers are in other words.
   */
  readonly formerServiceCodes?: readonly string[];
}

export interface HardwareTrust {
  /** Which TEEs, code and platforms are acceptable, e.g. from `parseServicePolicyFile`. */
  readonly policy: Policy;
  /**
   * What Intel or AMD say about the platform. For SEV-SNP it may be left out when the service brings
   * its certificates along and the policy does not require a revocation list.
   */
  readonly collateral?: VerifyOptions["collateral"];
  /** Judge as of this moment; left out: the present, each time a quote is judged. */
  readonly at?: Date;
  /** Instead of the keys of Intel and AMD, for tests. */
  readonly anchors?: VerifyOptions["anchors"];
}

export interface ResolvedTrust {
  readonly policy: LinePolicy;
  /** Did the caller name the measurements, or are they the built-in default? */
  readonly measurementsFrom: "caller" | "release";
  /** Whose words questions and answers are in. */
  readonly service: TrustedService;
}

/** The key-value service in the monitor itself, or one whose code the caller named. */
export type TrustedService = "built-in" | "own";

/**
 * @throws ZetaError `D.kind` or `D.length` for a measurement that is not 64 lower-case hex digits.
 */
export function resolveTrust(trust: Trust): ResolvedTrust {
  const { simulation, hardware, measurements, serviceCode, formerServiceCodes = [] } = trust;
  assert(
    simulation === undefined || typeof simulation === "boolean",
    "trust.simulation is a boolean",
  );
  assert(
    serviceCode === undefined || typeof serviceCode === "string",
    "trust.serviceCode is one hash; those of earlier releases are trust.formerServiceCodes",
  );
  assert(
    serviceCode !== undefined || formerServiceCodes.length === 0,
    "trust.formerServiceCodes are beside a trust.serviceCode",
  );
  const modules = bytesOf(measurements ?? [MONITOR_MEASUREMENTS.bytes]);
  const running = (codes: readonly string[]) =>
    bytesOf(codes).flatMap((code) => modules.map((module) => serviceMeasurement(module, code)));
  return {
    policy: {
      allowSimulation: simulation ?? false,
      measurements: serviceCode === undefined ? modules : running([serviceCode]),
      formerMeasurements: running(formerServiceCodes),
      // The purpose is the default of the verification: "service".
      ...(hardware === undefined ? {} : { hardware: resolveHardware(hardware) }),
    },
    measurementsFrom: measurements === undefined ? "release" : "caller",
    service: serviceCode === undefined ? "built-in" : "own",
  };
}

function bytesOf(hashes: readonly string[]): Uint8Array[] {
  return hashes.map((hex) => fromHex(hex, DIGEST_BYTES));
}

function resolveHardware(hardware: HardwareTrust): NonNullable<ServicePolicy["hardware"]> {
  const { policy, collateral, at, anchors } = hardware;
  return {
    policy,
    collateral: collateral ?? null,
    // A connection outlives collateral: whoever is met later is judged by the time it is then.
    get at() {
      return at ?? new Date();
    },
    ...(anchors === undefined ? {} : { anchors }),
  };
}
