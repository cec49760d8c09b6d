// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the hashing of receipt trees to `dist/wasm/receipt-nodes.wasm`.
 *
 *   node scripts/build-wasm.mjs
 */
import { mkdir, writeFile } from "node:fs/promises";
import { compileAssembly } from "@zeta/hashes/compile";

const PACKAGE = new URL("../", import.meta.url);
const OUT = new URL("dist/wasm/", PACKAGE);

const binary = await compileAssembly(PACKAGE, "receipt-nodes.ts");
await mkdir(OUT, { recursive: true });
await writeFile(new URL("receipt-nodes.wasm", OUT), binary);
console.log(`receipt-nodes.wasm  ${binary.length} bytes`);
