// SPDX-License-Identifier: Apache-2.0

/**
 * What to type in order to call this command again. Where npm started it (`npm start`, `npx zeta`, which both say so in the environment) a
 * bare `zeta` would most likely not be found.
 */
export function commandName(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.npm_command === undefined ? "zeta" : "npx zeta";
}
