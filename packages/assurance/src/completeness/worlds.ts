// SPDX-License-Identifier: Apache-2.0

import { bankService } from "../sample-services.ts";
import type { SeedResult } from "../seed-farm.ts";
import type { World } from "./world.ts";
import { bytesWorld } from "./worlds/bytes-world.ts";
import { hostWorld } from "./worlds/host-world.ts";
import { kv64World } from "./worlds/kv64-world.ts";
import { serviceWorld } from "./worlds/service-world.ts";

const KINDS = ["host", "bytes", "kv64", "service"] as const;

/** Makes the function that runs the honest world of a seed, which must certify every epoch. */
export async function worldTrier(): Promise<(seed: number) => SeedResult> {
  const bank = await bankService();
  const worlds: Readonly<Record<(typeof KINDS)[number], (seed: number) => World>> = {
    host: hostWorld,
    bytes: bytesWorld,
    kv64: kv64World,
    service: (seed) => serviceWorld(seed, bank),
  };
  return (seed) => {
    const kind = KINDS[seed % KINDS.length] ?? "host";
    const {
      operations,
      epochs,
      failure,
      counts: more = {},
    } = worlds[kind](Math.floor(seed / KINDS.length));
    const counts = { worlds: 1, [kind]: 1, operations, epochs, ...more };
    const repeat = `ZETA_SEED=${seed} ZETA_LOGS=1 npm run assure completeness`;
    return { counts, failure: failure && `seed ${seed}, ${kind}: ${failure}\n  repeat: ${repeat}` };
  };
}
