// SPDX-License-Identifier: Apache-2.0
import { tendSeeds } from "../seed-farm.ts";
import { worldTrier } from "./worlds.ts";

await tendSeeds(worldTrier);
