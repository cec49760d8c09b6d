// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { usageError } from "../exit.ts";
import { BUILT_IN_SERVICES, isServiceFile } from "./built-in-services.ts";

/**
 * The code of a built-in service or of a file; null for the key-value service, which is in the monitor's module.
 *
 * @throws ZetaError `usage` for another name; what bundling throws.
 */
export async function serviceCodeOf(service: string, option = "--service"): Promise<string | null> {
  if (service === "kv") return null;
  if (isServiceFile(service)) return bundleService(service);
  if ((BUILT_IN_SERVICES as readonly string[]).includes(service)) {
    // Its source: bundled it is the same text everywhere.
    const url = import.meta.resolve(`@zeta/app/services/${service}`);
    return bundleService(fileURLToPath(url).replace(/dist(.services.[a-z-]+)\.js$/, "src$1.ts"));
  }
  const names = ["kv", ...BUILT_IN_SERVICES].join(", ");
  throw usageError(
    `${option}: expected ${names} or a .ts or .js file, got ${JSON.stringify(service)}`,
  );
}
