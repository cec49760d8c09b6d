// SPDX-License-Identifier: Apache-2.0
/** `npm run assure -- report`: writes docs/assurance.md from the results at hand. */
import { writeFileSync } from "node:fs";
import { assurancePage, PAGE } from "./report.ts";

writeFileSync(PAGE, assurancePage());
