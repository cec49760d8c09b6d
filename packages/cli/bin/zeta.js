#!/usr/bin/env node
import { existsSync } from "node:fs";
import { stopWithParent } from "./stop-with-parent.js";

if (!existsSync(new URL("../dist/main.js", import.meta.url))) {
  console.error("zeta: expected a checkout that is built, got one that is not: npm run build");
  process.exit(2);
}
if (process.env.npm_lifecycle_event === "npx") stopWithParent();
// Before all else: where files cannot be opened, this could not be, either.
const { systemLimit } = await import("../dist/system-limit.js");
try {
  await import("../dist/main.js");
} catch (error) {
  const limit = systemLimit(error);
  if (limit === null) throw error;
  console.error(`zeta: ${limit.message} [${limit.code}]`);
  process.exit(2);
}
