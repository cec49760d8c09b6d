import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Tests run on the TypeScript sources: the "source" export condition points there.
// No "import" here: vitest hands the list to Node, and `require` would then load ES modules.
const conditions = ["source", "node"];

/** Rooms whose tests compute: few modules to load, and twice as fast in a process whose code was optimised for them alone. */
const COMPUTING = ["assurance", "hashes", "monitor", "protocol", "store"].map(
  (room) => `packages/${room}/test/**/*.test.ts`,
);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    setupFiles: ["test/leave-nothing.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than cores: tests also wait, for epochs, timers and other processes.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: "compute", include: COMPUTING, isolate: true } },
      {
        extends: true,
        test: {
          name: "serve",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "test/**/*.test.ts",
          ],
          exclude: COMPUTING,
          // One process for many files: to load the same modules for each took a sixth of the suite's time.
          isolate: false,
        },
      },
    ],
  },
});
