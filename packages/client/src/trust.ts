// SPDX-License-Identifier: Apache-2.0
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { assert } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";

/**
 * What the caller is ready to trust. Without anything: hardware quotes of the monitor that this
 * release was built with.
 */
export interface Trust {
  /** Accept simulated quotes, which anybody can make: for trying things out. */
  readonly simulation?: boolean;
  /**
   * SHA-256 of the acceptable monitor modules, hex. Default: the one this release was built with.
   */
  readonly measurements?: readonly string[];
}

export interface ResolvedTrust {
  readonly policy: ServicePolicy;
  /** Did the caller name the measurements, or are they the built-in default? */
  readonly measurementsFrom: "caller" | "release";
}

/**
 * @throws ZetaError `D.kind` or `D.length` for a measurement that is not 64 lower-case hex digits.
 */
export function resolveTrust(trust: Trust): ResolvedTrust {
  const { simulation, measurements } = trust;
  assert(
    simulation === undefined || typeof simulation === "boolean",
    "trust.simulation is a boolean",
  );
  return {
    policy: {
      allowSimulation: simulation ?? false,
      measurements: (measurements ?? [MONITOR_MEASUREMENTS.bytes]).map((hex) =>
        fromHex(hex, DIGEST_BYTES),
      ),
    },
    measurementsFrom: measurements === undefined ? "release" : "caller",
  };
}
