#!/usr/bin/env node
import { existsSync } from "node:fs";
import { stopWithParent } from "./stop-with-parent.js";

if (!existsSync(new URL("../dist/main.js", import.meta.url))) {
  console.error("zeta: expected a checkout that is built, got one that is not: npm run build");
  process.exit(2);
}
if (process.env.npm_lifecycle_event === "npx") stopWithParent();
await import("../dist/main.js");
