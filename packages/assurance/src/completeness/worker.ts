// SPDX-License-Identifier: Apache-2.0
import { tendSeeds } from "../seed-farm.ts";
import { tryWorld } from "./worlds.ts";

await tendSeeds(async () => tryWorld);
