// SPDX-License-Identifier: Apache-2.0
/**
 * Signed proofs on disk until the server has acknowledged them: proving is dear, and a proof must survive a failed submission, a restart
 * and a lost lease. A proof whose lease was lost is kept aside; when the same batch is claimed again it is handed in under the new
 * lease without being verified a second time.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { equalBytes } from "@zeta/protocol/bytes";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { ProofFormSchema } from "@zeta/tee-api/answers";
import { checkerOf } from "@zeta/tee-api/check";
import { QUOTE_BYTES_MAX } from "@zeta/tee-api/limits";
import { BatchNumberSchema } from "@zeta/tee-api/requests";
import { type TeeType, TeeTypeSchema } from "@zeta/tee-api/tee-type";
import type { Logger } from "pino";
import Type, { type Static } from "typebox";
import type { SignedProof } from "./api/prover-api.ts";

export interface OutboxEntry {
  readonly proof: SignedProof;
  /** Its lease was lost: waits for the batch to come again. */
  readonly isSuperseded: boolean;
}

const Hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$` });

const EntrySchema = Type.Object(
  {
    format: Type.Literal("zeta.outbox.v1"),
    batch: BatchNumberSchema,
    form: ProofFormSchema,
    tee_type: TeeTypeSchema,
    digest: Hex(32),
    root: Hex(32),
    signature: Hex(65),
    pubkey: Hex(33),
    quote: Type.String({ pattern: "^([0-9a-f]{2})*$", maxLength: 2 * QUOTE_BYTES_MAX }),
    lease: Type.Union([Hex(16), Type.Null()]),
    superseded: Type.Boolean(),
  },
  { additionalProperties: false },
);
type EntryJson = Static<typeof EntrySchema>;

const checkEntry = checkerOf(EntrySchema);

/** Twice the longest quote in hex, and the rest. */
const ENTRY_BYTES_MAX = 4 * QUOTE_BYTES_MAX;

/** Proofs kept for batches that somebody else works on now; the oldest go first. */
const SUPERSEDED_MAX = 256;

const REFUSED = "refused";

/** What the prover does with its outbox. */
export interface ProofOutbox {
  readonly size: number;
  entries(): readonly OutboxEntry[];
  /** A proof of exactly this data, if one is kept. */
  find(batch: number, digest: Uint8Array, teeType: TeeType): SignedProof | null;
  /** Keeps a proof; resolves when it is on disk. Another lease for the same proof replaces the old one. */
  put(proof: SignedProof): Promise<void>;
  /** Lets go of a proof that the server has, or that another prover's has taken the place of. */
  remove(proof: SignedProof): Promise<void>;
  /** Keeps a proof whose lease was lost. */
  supersede(proof: SignedProof): Promise<void>;
  /** Puts aside, for people, a proof that the server will never take. */
  refuse(proof: SignedProof): Promise<void>;
}

/** The outbox as files in a directory. */
export class Outbox implements ProofOutbox {
  readonly #directory: string;
  readonly #log: Logger;
  readonly #entries = new Map<string, OutboxEntry>();
  #lastTurn: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, log: Logger) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Opens a directory, creating it if needed. Files that are no entries are left alone and named in the log. */
  static async open(directory: string, log: Logger): Promise<Outbox> {
    await mkdir(join(directory, REFUSED), { recursive: true, mode: 0o700 });
    const outbox = new Outbox(directory, log);
    for (const name of (await readdir(directory)).sort()) {
      if (!name.endsWith(".json")) continue;
      const entry = await readEntry(join(directory, name));
      if (entry === null) log.warn({ file: name }, "not an outbox entry");
      else outbox.#entries.set(nameOf(entry.proof), entry);
    }
    return outbox;
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): readonly OutboxEntry[] {
    return [...this.#entries.values()];
  }

  find(batch: number, digest: Uint8Array, teeType: TeeType): SignedProof | null {
    for (const { proof } of this.#entries.values()) {
      const isSame = proof.batch === batch && proof.teeType === teeType;
      if (isSame && equalBytes(proof.digest, digest)) return proof;
    }
    return null;
  }

  async put(proof: SignedProof, isSuperseded = false): Promise<void> {
    const name = nameOf(proof);
    this.#entries.delete(name);
    this.#entries.set(name, { proof, isSuperseded });
    const text = JSON.stringify(toJson(proof, isSuperseded));
    await this.#inTurn(() => writeSynced(join(this.#directory, name), text));
  }

  async remove(proof: SignedProof): Promise<void> {
    this.#entries.delete(nameOf(proof));
    await this.#inTurn(() => rm(join(this.#directory, nameOf(proof)), { force: true }));
  }

  async supersede(proof: SignedProof): Promise<void> {
    await this.put(proof, true);
    const waiting = this.entries().filter((entry) => entry.isSuperseded);
    for (const { proof: oldest } of waiting.slice(0, -SUPERSEDED_MAX)) {
      this.#log.warn(
        { batch: oldest.batch },
        "too many proofs without a lease: dropped the oldest",
      );
      await this.remove(oldest);
    }
  }

  async refuse(proof: SignedProof): Promise<void> {
    const name = nameOf(proof);
    // Under another lease the server may have taken it meanwhile.
    if (!this.#entries.delete(name)) return;
    const aside = join(this.#directory, REFUSED, name);
    await this.#inTurn(() => rename(join(this.#directory, name), aside));
  }

  /**
   * Changes files in the order in which the entries changed: a batch whose lease was lost may come again, under another lease, while its proof is
   * still being written.
   */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(change);
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }
}

function nameOf(proof: SignedProof): string {
  const key = toHex(proof.publicKey.subarray(1, 5));
  const digest = toHex(proof.digest.subarray(0, 8));
  return `${String(proof.batch).padStart(10, "0")}-${proof.teeType}-${digest}-${key}.json`;
}

/** Beside, synced, renamed: after a crash there is the whole entry or none. */
async function writeSynced(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function readEntry(path: string): Promise<OutboxEntry | null> {
  if ((await stat(path)).size > ENTRY_BYTES_MAX) return null;
  try {
    const checked = checkEntry(JSON.parse(await readFile(path, "utf8")));
    return checked.ok ? fromJson(checked.value) : null;
  } catch {
    return null;
  }
}

function toJson(proof: SignedProof, superseded: boolean): EntryJson {
  return {
    format: "zeta.outbox.v1",
    batch: proof.batch,
    form: proof.form,
    tee_type: proof.teeType,
    digest: toHex(proof.digest),
    root: toHex(proof.root),
    signature: toHex(proof.signature),
    pubkey: toHex(proof.publicKey),
    quote: toHex(proof.quote),
    lease: proof.lease,
    superseded,
  };
}

function fromJson(json: EntryJson): OutboxEntry {
  const proof: SignedProof = {
    batch: json.batch,
    form: json.form,
    teeType: json.tee_type,
    digest: fromHex(json.digest),
    root: fromHex(json.root),
    signature: fromHex(json.signature),
    publicKey: fromHex(json.pubkey),
    quote: fromHex(json.quote),
    lease: json.lease,
  };
  return { proof, isSuperseded: json.superseded };
}
