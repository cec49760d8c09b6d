// SPDX-License-Identifier: Apache-2.0
/**
 * Intel's verdicts about a platform's security version, and how those of platform, module and
 * quoting enclave become one.
 */

/** As Intel publishes them, from best to worst. */
export const TCB_STATUSES = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
] as const;

export type TcbStatus = (typeof TCB_STATUSES)[number];

/** What Intel says of a quoting enclave or a TDX module. */
export const COMPONENT_STATUSES = ["UpToDate", "OutOfDate", "Revoked"] as const;

export type ComponentStatus = (typeof COMPONENT_STATUSES)[number];

/**
 * Lowers a platform's status by a component's (Intel's quote verification library,
 * `convergeTcbStatus`): an old component makes the whole old and keeps what is said about
 * configuration; a revoked one revokes the whole.
 */
export function mergeStatus(platform: TcbStatus, component: ComponentStatus): TcbStatus {
  if (component === "UpToDate" || platform === "Revoked") return platform;
  if (component === "Revoked") return "Revoked";
  switch (platform) {
    case "UpToDate":
    case "SWHardeningNeeded":
      return "OutOfDate";
    case "ConfigurationNeeded":
    case "ConfigurationAndSWHardeningNeeded":
      return "OutOfDateConfigurationNeeded";
    default:
      return platform;
  }
}
