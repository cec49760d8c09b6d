// SPDX-License-Identifier: Apache-2.0
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOMS, type Room } from "./architecture.ts";
import { folderOf, importsOf, roomNames, typescriptFiles } from "./sources.ts";

const CLOSED: Room = { packages: [], libraries: [], node: [] };

/** The files that ship: sources, assembly and the reference monitor. */
function shippedFiles(room: string): string[] {
  return typescriptFiles(folderOf(room)).filter((path) =>
    /^(packages|apps)\/[^/]+\/(src|assembly|reference)\//.test(path),
  );
}

/** Why an import is against the arrows, or null. */
function offence(room: string, path: string, specifier: string): string | null {
  const rules = ROOMS[room] ?? CLOSED;
  const folder = `${folderOf(room)}/`;
  const inside = path.slice(folder.length);
  if (specifier.startsWith(".")) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    return target.startsWith(folder) ? null : "a relative import leaves its package";
  }
  if (specifier.startsWith("node:")) {
    const allowed = rules.node.some((prefix) => prefix === "*" || inside.startsWith(prefix));
    return allowed ? null : "this room must run without Node";
  }
  const zeta = /^@zeta\/([^/]+)/.exec(specifier)?.[1];
  if (zeta !== undefined) {
    return rules.packages.includes(zeta) ? null : `${room} may not import ${zeta}`;
  }
  const library = /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1] ?? specifier;
  return rules.libraries.includes(library) ? null : `${library} is not a library of ${room}`;
}

/** A cycle among the relative imports of a room, as a list of files, or null. */
function findCycle(files: readonly string[]): string[] | null {
  const state = new Map<string, "open" | "done">();
  const trail: string[] = [];
  const visit = (path: string): string[] | null => {
    if (state.get(path) === "done") return null;
    if (state.get(path) === "open") return [...trail.slice(trail.indexOf(path)), path];
    state.set(path, "open");
    trail.push(path);
    for (const specifier of importsOf(path).filter((name) => name.startsWith("."))) {
      const target = posix.normalize(posix.join(posix.dirname(path), specifier));
      if (target.endsWith(".css")) continue;
      const file = /\.tsx?$/.test(target) ? target : `${target}.ts`;
      const cycle = visit(file);
      if (cycle !== null) return cycle;
    }
    trail.pop();
    state.set(path, "done");
    return null;
  };
  for (const path of files) {
    const cycle = visit(path);
    if (cycle !== null) return cycle;
  }
  return null;
}

describe("the arrows of the house run one way", () => {
  test("every room has its line in test/architecture.ts", () => {
    expect(roomNames().filter((room) => !(room in ROOMS))).toEqual([]);
  });

  test.each(roomNames())("%s imports only what it may", (room) => {
    const offences = shippedFiles(room).flatMap((path) =>
      importsOf(path)
        .map((specifier) => ({ path, specifier, why: offence(room, path, specifier) }))
        .filter(({ why }) => why !== null),
    );
    expect(offences).toEqual([]);
  });

  test.each(roomNames())("%s has no import cycle", (room) => {
    expect(findCycle(shippedFiles(room))).toBeNull();
  });

  test("rooms do not import each other in a circle", () => {
    const reach = (room: string, seen: readonly string[]): string[] =>
      (ROOMS[room]?.packages ?? []).flatMap((next) =>
        seen.includes(next) ? [`${[...seen, next].join(" -> ")}`] : reach(next, [...seen, next]),
      );
    expect(Object.keys(ROOMS).flatMap((room) => reach(room, [room]))).toEqual([]);
  });

  test("the rule itself can fail", () => {
    expect(
      offence("protocol", "packages/protocol/src/a.ts", "@zeta/monitor/enclave"),
    ).not.toBeNull();
    expect(offence("client", "packages/client/src/a.ts", "node:fs")).not.toBeNull();
    expect(offence("store", "packages/store/src/a.ts", "../../protocol/src/kv.ts")).not.toBeNull();
    expect(offence("store", "packages/store/src/a.ts", "@zeta/protocol/kv")).toBeNull();
  });
});
