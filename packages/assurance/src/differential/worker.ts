// SPDX-License-Identifier: Apache-2.0
import { tendSeeds } from "../seed-farm.ts";
import { Differential } from "./batch.ts";

await tendSeeds(async () => {
  const differential = await Differential.build();
  return (seed) => differential.run(seed);
});
