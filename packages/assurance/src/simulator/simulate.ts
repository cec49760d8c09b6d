// SPDX-License-Identifier: Apache-2.0
import { createEnclave } from "@zeta/monitor/enclave";
import { Random } from "@zeta/monitor/test/support/random";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { KV_SERVICE_ID } from "@zeta/protocol/kv";
import { ATTACKS, AttackHost } from "@zeta/service/attacks/attack-host";
import { Engine } from "@zeta/service/engine";
import { createMetrics } from "@zeta/service/metrics";
import { LOG_LIES, LyingStore } from "./lying-store.ts";
import { NETWORK_LIES, Network } from "./network.ts";
import { certifiedLies, isReordered, liesTold } from "./oracle.ts";
import { SimClient, type Weakness } from "./sim-client.ts";
import { SimClock } from "./sim-clock.ts";

export interface SimOptions {
  readonly seed: number;
  /** Default: one seed in four is honest. */
  readonly honest?: boolean;
  /** Leaves a check of the clients out. */
  readonly weakness?: Weakness;
  readonly trace?: (line: string) => void;
}

/** What became of one run. */
export interface SimResult {
  readonly seed: number;
  readonly honest: boolean;
  readonly answers: number;
  readonly certified: number;
  /** Mischief that was really done, by name. */
  readonly mischief: readonly string[];
  /** Answers that do not fit the order in which they were asked. */
  readonly liesTold: number;
  /** Answers that a client believes and that are false: must be empty. */
  readonly certifiedLies: readonly string[];
  /** Some client's certified calls stand in another order than it asked them. */
  readonly reordered: boolean;
  /** Why clients stopped believing. */
  readonly refusals: readonly string[];
  /** The monitor signed a statement against the service. */
  readonly violation: boolean;
}

const module = loadMonitorModule("bytes");
const POLICY = { allowSimulation: true, measurements: [module.measurement] };
/** Long after the last question: what is not certified by then never will be. */
const END_MS = 4_000;
const CRASH = "crash";
const KEEP = "keep a client on the old instance";

/** Every kind of mischief, by name. */
export const MISCHIEF: readonly string[] = [
  ...ATTACKS.keys(),
  "stale-read by a lying log",
  ...LOG_LIES.map((lie) => `log: ${lie}`),
  ...NETWORK_LIES.map((lie) => `network: ${lie}`),
  CRASH,
  KEEP,
];

/** The whole service, its host and its clients in one process: the same seed gives the same run. */
export async function simulate(options: SimOptions): Promise<SimResult> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #random: Random;
  readonly #clock: SimClock;
  readonly #honest: boolean;
  readonly #seed: number;
  readonly #trace: (line: string) => void;
  readonly #mischief: string[] = [];
  readonly #engine: Engine;
  readonly #host: AttackHost | null;
  readonly #network: Network;
  readonly #clients: readonly SimClient[];
  readonly #epochMs: number;

  constructor({ seed, honest, weakness, trace = () => {} }: SimOptions) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#clock = new SimClock(this.#random);
    this.#trace = (line) =>
      trace(`${String(Math.round(this.#clock.now())).padStart(5)} ms  ${line}`);
    const isHonest = this.#random.oneIn(4);
    this.#honest = honest ?? isHonest;
    this.#epochMs = 20 + this.#random.below(150);
    this.#engine = this.#startEngine();
    this.#host = this.#honest ? null : new AttackHost(this.#engine);
    this.#network = new Network(this.#engine, this.#random);
    this.#network.onLie = (lie, client) => this.#did(`network: ${lie}`, `to client ${client}`);
    this.#clients = Array.from({ length: 1 + this.#random.below(3) }, (_, number) => {
      const { network, clock, random } = {
        network: this.#network,
        clock: this.#clock,
        random: this.#random,
      };
      const parts = { number, network, clock, random, policy: POLICY, trace: this.#trace };
      return new SimClient({ ...parts, weakness: weakness ?? null });
    });
  }

  #startEngine(): Engine {
    const slots = 12 + this.#random.below(30);
    const valueMemoryBytes = 2 << 20;
    const shape = { slots, valueMemoryBytes, threads: 1 };
    return new Engine({
      createParts: () => {
        const store = new LyingStore({ ...shape, thread: 0 }, this.#random);
        store.onLie = (lie) => this.#did(`log: ${lie}`, "on the way to the monitor");
        const random = (count: number) => Uint8Array.from(this.#random.bytes(count));
        const serviceId = KV_SERVICE_ID;
        return {
          store,
          enclave: createEnclave({ ...shape, profile: "bytes", serviceId, module, random }),
        };
      },
      serviceId: KV_SERVICE_ID,
      epochMs: this.#epochMs,
      metrics: createMetrics({ process: false }),
      clock: this.#clock,
      onFault: (error) => this.#trace(`service: gives up, ${error.message}`),
    });
  }

  async run(): Promise<SimResult> {
    const calls = 5 + this.#random.below(25);
    for (const client of this.#clients) {
      void client.start(calls);
      this.#follow(client);
    }
    if (!this.#honest) void this.#misbehave();
    const isOver = (): boolean =>
      this.#engine.refusal !== null ||
      this.#clients.every((client) => client.isSatisfied || client.refusal !== null);
    await this.#clock.run(END_MS, isOver);
    for (const client of this.#clients) await client.follow();
    return this.#result();
  }

  #follow(client: SimClient): void {
    this.#clock.after(5 + this.#random.below(this.#epochMs), () => {
      void client.follow();
      this.#follow(client);
    });
  }

  async #misbehave(): Promise<void> {
    // Every kind comes first in its turn, so that some seeds meet it while nothing else has gone wrong.
    const first = MISCHIEF[this.#seed % MISCHIEF.length] as string;
    for (let left = 1 + this.#random.below(3), next = first; left > 0; left--) {
      await this.#clock.sleep(100 + this.#random.below(400));
      if (this.#engine.refusal !== null) return;
      await this.#plot(next);
      next = this.#random.pick(MISCHIEF);
    }
  }

  async #plot(mischief: string): Promise<void> {
    const victim = this.#random.pick(this.#clients);
    const key = this.#random.pick(victim.keys);
    this.#trace(`host: plans ${mischief} against client ${victim.number}`);
    const [kind, lie] = mischief.split(": ");
    const logLie = LOG_LIES.find((one) => kind === "log" && one === lie);
    const networkLie = NETWORK_LIES.find((one) => kind === "network" && one === lie);
    const attack = ATTACKS.get(mischief);
    if (logLie !== undefined) (this.#engine.instance.store as LyingStore).arm(logLie);
    else if (networkLie !== undefined) this.#network.arm(networkLie);
    else if (attack !== undefined) {
      await this.#host?.arm(attack, { key, mode: "honest-log" });
      this.#did(mischief, `is armed for ${Buffer.from(key).toString()}`);
    } else if (mischief === CRASH) {
      this.#did(mischief, "a fresh instance without data serves");
      this.#engine.replaceInstance(this.#engine.createInstance());
    } else if (mischief === KEEP) {
      this.#did(mischief, `client ${victim.number}`);
      this.#network.keepOn(victim.number);
    } else {
      await this.#host?.arm(ATTACKS.get("stale-read") as never, { key, mode: "lying-log" });
      this.#did(mischief, `is armed for ${Buffer.from(key).toString()}`);
    }
  }

  #did(mischief: string, how: string): void {
    this.#mischief.push(mischief);
    this.#trace(`host: ${mischief}, ${how}`);
  }

  #result(): SimResult {
    const told = this.#clients.map((client) => client.told);
    const all = told.flat();
    const refusals = this.#clients.flatMap(({ refusal }) => (refusal === null ? [] : [refusal]));
    return {
      seed: this.#seed,
      honest: this.#honest,
      answers: all.length,
      certified: all.filter(({ place }) => place !== null).length,
      mischief: this.#mischief,
      liesTold: told.reduce((sum, one) => sum + liesTold(one), 0),
      certifiedLies: this.#clients.flatMap((one) => certifiedLies(one.told, one.unanswered)),
      reordered: told.some(isReordered),
      refusals,
      violation: this.#engine.instance.violation !== null,
    };
  }
}
