// SPDX-License-Identifier: Apache-2.0
// Set-up that `npm start` and `npm test` share: plain Node, because nothing is installed yet.
// @ts-check
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_MINIMUM = [20, 19];

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [needMajor = 0, needMinor = 0] = NODE_MINIMUM;
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    console.error(`zeta: expected Node >= ${NODE_MINIMUM.join(".")}, got ${process.versions.node}`);
    process.exit(2);
  }
}

/**
 * Runs a command in the repository's root, its output passed through.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean }} [options] quiet: show the output only when the command fails
 */
export function run(command, args, { quiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? "pipe" : "inherit",
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.status !== 0) {
    if (quiet) process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    if (result.error) console.error(`zeta: cannot run ${command}: ${result.error.message}`);
    process.exit(result.status ?? 1);
  }
}

/** Runs a JavaScript entry point of an installed package with this Node. */
export function runTool(/** @type {string} */ path, /** @type {readonly string[]} */ args) {
  run(process.execPath, [join(root, "node_modules", path), ...args]);
}

/** Installs exactly what the lock file says, unless that was done already. */
export function install() {
  checkNode();
  const stamp = join(root, "node_modules", ".zeta-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.log("zeta: installing dependencies (once)");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, lock);
}

/**
 * Are a package's WebAssembly modules there, and younger than their sources? Compiling takes some ten seconds.
 *
 * @param {string} folder the package
 * @param {readonly string[]} names its modules
 */
function isCompiled(folder, names) {
  const modules = names.map((name) => join(folder, "dist", "wasm", `${name}.wasm`));
  if (!modules.every((path) => existsSync(path))) return false;
  const rooms = [folder, join(root, "packages", "hashes")];
  const parts = rooms.flatMap((room) => ["assembly", "scripts"].map((part) => join(room, part)));
  const sources = parts.flatMap((part) => readdirSync(part).map((name) => join(part, name)));
  const oldestModule = Math.min(...modules.map((path) => statSync(path).mtimeMs));
  return sources.every((path) => statSync(path).mtimeMs <= oldestModule);
}

/** Are the monitor's modules on disk the published ones? */
function isPublished(/** @type {string} */ monitor) {
  const published = readFileSync(
    join(root, "packages", "protocol", "src", "measurements.ts"),
    "utf8",
  );
  return ["kv64", "bytes"].every((profile) => {
    const module = readFileSync(join(monitor, "dist", "wasm", `${profile}.wasm`));
    return published.includes(createHash("sha256").update(module).digest("hex"));
  });
}

/** Compiles monitor, store and receipt trees to WebAssembly, all packages to JavaScript, and bundles the web page; quick when nothing changed. */
export function build() {
  const [monitor, store, service] = ["monitor", "store", "service"].map((name) =>
    join(root, "packages", name),
  );
  if (!existsSync(join(root, "packages", "cli", "dist", "main.js"))) {
    console.log("zeta: compiling, which takes a minute or two (once)");
  }
  if (!isCompiled(monitor, ["kv64", "bytes"]) || !isPublished(monitor)) {
    run(process.execPath, [join(monitor, "scripts", "build-wasm.mjs")]);
  }
  if (!isCompiled(store, ["store-kv64", "store-bytes"])) {
    run(process.execPath, [join(store, "scripts", "build-wasm.mjs")]);
  }
  if (!isCompiled(service, ["receipt-nodes"])) {
    run(process.execPath, [join(service, "scripts", "build-wasm.mjs")]);
  }
  runTool("typescript/bin/tsc", ["-b"]);
  runTool("vite/bin/vite.js", ["build", "--logLevel", "warn", join("apps", "dashboard")]);
}
