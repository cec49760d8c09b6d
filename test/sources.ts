// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** TypeScript files below a folder, as paths relative to the root with forward slashes. */
export function typescriptFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts"),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.includes("/dist/") && !path.includes("/node_modules/"));
}

/** Rooms of the house: the folders of `packages/` and `apps/`. */
export function roomNames(): string[] {
  return roomFolders().map((folder) => folder.slice(folder.indexOf("/") + 1));
}

/** Where a room is. */
export function folderOf(room: string): string {
  const folder = roomFolders().find((one) => one.endsWith(`/${room}`));
  if (folder === undefined) throw new Error(`expected a room, got ${room}`);
  return folder;
}

function roomFolders(): string[] {
  return ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}`),
  );
}

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Module specifiers a file imports or re-exports, types included. */
export function importsOf(path: string): string[] {
  return ts.preProcessFile(read(path), true, true).importedFiles.map((file) => file.fileName);
}
