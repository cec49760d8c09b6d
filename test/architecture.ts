// SPDX-License-Identifier: Apache-2.0
/**
 * Who may import whom (docs/architecture.md). Arrows run one way: from the trusted core outwards. A package that is not listed
 * here may import nothing, so a new room starts with a line in this table.
 */
export interface Room {
  /** Packages of this project. */
  readonly packages: readonly string[];
  /** Packages from the registry, by import name. */
  readonly libraries: readonly string[];
  /** Files (prefixes below the package) that may use `node:` modules; `*` for all. */
  readonly node: readonly string[];
}

const noble = ["@noble/curves", "@noble/hashes"];

export const ROOMS: Readonly<Record<string, Room>> = {
  protocol: { packages: [], libraries: noble, node: [] },
  hashes: { packages: [], libraries: [], node: [] },
  http: { packages: ["protocol"], libraries: [], node: ["src/"] },
  app: {
    packages: ["protocol"],
    libraries: ["acorn", "esbuild", "ses", "typebox"],
    node: ["src/sandbox/", "src/bundle-service.ts"],
  },
  monitor: { packages: ["protocol", "hashes", "app"], libraries: noble, node: ["src/"] },
  attestation: {
    packages: ["protocol"],
    libraries: [...noble, "typebox", "yaml"],
    node: ["src/produce/", "src/fetch/", "src/collateral-files.ts"],
  },
  store: { packages: ["protocol", "hashes"], libraries: [], node: ["src/wasm/store-module.ts"] },
  storage: {
    packages: ["protocol"],
    libraries: ["ioredis", "kysely", "lmdb", "pg"],
    node: ["*"],
  },
  client: { packages: ["protocol", "app", "attestation"], libraries: [], node: [] },
  service: {
    packages: ["protocol", "http", "hashes", "app", "attestation", "monitor", "store", "storage"],
    libraries: [
      "@fastify/cors",
      "@fastify/static",
      "@fastify/swagger",
      "@fastify/type-provider-typebox",
      "fastify",
      "pino",
      "prom-client",
      "typebox",
    ],
    node: ["*"],
  },
  "tee-api": { packages: [], libraries: ["@noble/curves", "typebox"], node: [] },
  "prover-api": {
    packages: ["protocol", "http", "attestation", "tee-api"],
    libraries: [
      "@electric-sql/pglite",
      "@fastify/swagger",
      "@fastify/type-provider-typebox",
      "fastify",
      "kysely",
      "pg",
      "pino",
      "prom-client",
      "s3mini",
      "typebox",
    ],
    node: ["*"],
  },
  gateway: {
    packages: ["monitor", "attestation", "protocol", "http", "tee-api"],
    libraries: ["pino", "prom-client", "typebox"],
    node: ["*"],
  },
  cli: {
    packages: [
      "protocol",
      "http",
      "app",
      "attestation",
      "monitor",
      "store",
      "storage",
      "service",
      "client",
      "tee-api",
      "prover-api",
      "gateway",
    ],
    libraries: ["cli-progress", "commander", "pino", "yaml"],
    node: ["*"],
  },
  // Runs in browsers: a client like any other, of which the service knows nothing but the files.
  dashboard: { packages: ["protocol", "client"], libraries: ["preact", "uplot"], node: [] },
  // Tests only: it looks into every trusted room, and no room imports it.
  assurance: {
    packages: [
      "protocol",
      "hashes",
      "app",
      "monitor",
      "attestation",
      "store",
      "client",
      "service",
      "tee-api",
      "prover-api",
      "gateway",
    ],
    libraries: ["typescript", "z3-solver"],
    node: ["*"],
  },
};
