// SPDX-License-Identifier: Apache-2.0

/** The services in TypeScript of this release, by the names of their files. */
export const BUILT_IN_SERVICES = [
  "access-policy",
  "bank",
  "counter",
  "password",
  "token",
  "wallet",
] as const;

const FILE = /\.(ts|mts|js|mjs)$/;

/** Is this a file with a service, and not the name of one? */
export function isServiceFile(service: string): boolean {
  return FILE.test(service);
}
