// SPDX-License-Identifier: Apache-2.0
import { launch } from "@zeta/gateway/launch";
import { fromHex } from "@zeta/protocol/hex";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import { note } from "../output/console.ts";
import { stopSignal } from "../until-signal.ts";

export interface LaunchCommand {
  readonly envPrefix: string;
  readonly simulation: boolean;
  readonly binding: "gateway" | "address";
  readonly command: string;
  readonly args: readonly string[];
}

/** `zeta launch`: the program's own exit status, or an error before it was started. */
export function launchCommand(options: LaunchCommand): Promise<number> {
  if (options.simulation) note("SIMULATED TEE: the program's quote proves nothing");
  return launch({
    ...options,
    measurement: fromHex(MONITOR_MEASUREMENTS.bytes),
    environment: process.env,
    signal: stopSignal(),
  });
}
