// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, type Registry } from "prom-client";

/** Why a connection ended that its client did not end. */
export type CutReason = "protocol_error" | "too_many" | "unread" | "fault";

/** What the Redis front counts. */
export interface RespMetrics {
  /** Connections that are open now, and all that ever were. */
  readonly connected: number;
  readonly accepted: number;
  readonly commandsRun: number;
  opened(): void;
  closed(): void;
  cut(reason: CutReason): void;
  /** A command was answered; null: one that there is not. */
  command(name: string | null): void;
  errorAnswered(): void;
}

export function createRespMetrics(registry: Registry): RespMetrics {
  const registers = [registry];
  const connections = new Gauge({
    name: "zeta_resp_connections",
    help: "Open connections of Redis clients",
    registers,
  });
  const cuts = new Counter({
    name: "zeta_resp_connections_cut_total",
    help: "Connections of Redis clients that the service ended, by reason",
    labelNames: ["reason"] as const,
    registers,
  });
  const errors = new Counter({
    name: "zeta_resp_errors_total",
    help: "Commands of Redis clients answered with an error",
    registers,
  });
  const counts = countCommands(registry);
  let connected = 0;
  let accepted = 0;
  return {
    get connected() {
      return connected;
    },
    get accepted() {
      return accepted;
    },
    get commandsRun() {
      return counts.total();
    },
    opened() {
      connected++;
      accepted++;
      connections.set(connected);
    },
    closed() {
      connections.set(--connected);
    },
    cut: (reason) => cuts.inc({ reason }),
    command: counts.add,
    errorAnswered: () => errors.inc(),
  };
}

/** Counted in a map, which costs less than a labelled counter, and handed over at each scrape. */
function countCommands(registry: Registry): {
  add(name: string | null): void;
  total(): number;
} {
  const counts = new Map<string, number>();
  let total = 0;
  new Counter({
    name: "zeta_resp_commands_total",
    help: "Commands of Redis clients, those in transactions one by one",
    labelNames: ["command"] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const [command, count] of counts) this.inc({ command }, count);
    },
  });
  return {
    add(name) {
      const label = name ?? "unknown";
      counts.set(label, (counts.get(label) ?? 0) + 1);
      total++;
    },
    total: () => total,
  };
}
