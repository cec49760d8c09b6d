// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { Distribution } from "./distribution.ts";

/**
 * The core workloads of Cooper et al., "Benchmarking Cloud Serving Systems with YCSB" (SoCC 2010), with the proportions of the files
 * workloads/workload[a-f] that the YCSB project ships.
 */
export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  readonly read: number;
  readonly update: number;
  readonly insert: number;
  readonly readModifyWrite: number;
  readonly distribution: Distribution;
}

export const WORKLOAD_NAMES = ["a", "b", "c", "d", "f"] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

const NONE = { read: 0, update: 0, insert: 0, readModifyWrite: 0 } as const;

export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  a: { ...NONE, name: "a", title: "update heavy", read: 0.5, update: 0.5, distribution: "zipfian" },
  b: {
    ...NONE,
    name: "b",
    title: "read mostly",
    read: 0.95,
    update: 0.05,
    distribution: "zipfian",
  },
  c: { ...NONE, name: "c", title: "read only", read: 1, distribution: "zipfian" },
  d: { ...NONE, name: "d", title: "read latest", read: 0.95, insert: 0.05, distribution: "latest" },
  f: {
    ...NONE,
    name: "f",
    title: "read-modify-write",
    read: 0.5,
    readModifyWrite: 0.5,
    distribution: "zipfian",
  },
};

/** @throws ZetaError `usage` for anything but a workload that can be run. */
export function workloadOf(text: string): Workload {
  const name = text.toLowerCase();
  if (name === "e") {
    throw new ZetaError(
      "usage",
      "expected workload a, b, c, d or f, got e: the service has no range scans",
    );
  }
  const workload = WORKLOADS[name as WorkloadName] as Workload | undefined;
  if (workload === undefined || !Object.hasOwn(WORKLOADS, name)) {
    throw new ZetaError("usage", `expected workload a, b, c, d or f, got ${JSON.stringify(text)}`);
  }
  return workload;
}
