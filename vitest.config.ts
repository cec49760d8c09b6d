import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Tests run on the TypeScript sources: the "source" export condition points there.
// No "import" here: vitest hands the list to Node, and `require` would then load ES modules.
const conditions = ["source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    // One process for many files, which leave nothing behind: each module is loaded once instead of for each file.
    isolate: false,
    setupFiles: ["test/leave-nothing.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than cores: tests also wait, for epochs, timers and other processes.
    maxWorkers: availableParallelism() + 1,
  },
});
