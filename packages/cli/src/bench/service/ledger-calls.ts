// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { encodeArgument } from "@zeta/app/encode-argument";
import { messageToSign } from "@zeta/app/message-to-sign";
import { CALLER_KEY_BYTES } from "@zeta/protocol/call-message";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { type AppService, loadAppService } from "@zeta/service/app-service";
import type { StoreCall } from "@zeta/store/store-worker";
import { seededRandom } from "../../ycsb/random.ts";

const SEED = 1;
const KEY_BYTES = 8;
const KEYS = generateKeyPairSync("ed25519");
const OWNER = Uint8Array.from(
  KEYS.publicKey.export({ format: "der", type: "spki" }).subarray(-CALLER_KEY_BYTES),
);

export async function loadLedger(): Promise<AppService> {
  // Compiled or not, the source of the service stands here.
  const source = new URL("../../../src/bench/service/ledger.ts", import.meta.url);
  return loadAppService(await bundleService(fileURLToPath(source)));
}

function ledgerCall({ program }: AppService, name: string, args: object): StoreCall {
  const operation = program.operation(name);
  const argument = encodeArgument(operation, args);
  return { function: operation.number, argument, requestId: null };
}

/** The accounts 0 .. count - 1, each with the number after its own. */
export function openAccounts(ledger: AppService, count: number): StoreCall[] {
  return Array.from({ length: count }, (_, number) =>
    ledgerCall(ledger, "add", { number, by: 1 + (number % 1000) }),
  );
}

/** What the accounts of {@link openAccounts} hold together. */
export function sumOfAccounts(count: number): number {
  let sum = 0;
  for (let number = 0; number < count; number++) sum += 1 + (number % 1000);
  return sum;
}

/** Adds to accounts drawn at random. */
export function additions(ledger: AppService, records: number, count: number): StoreCall[] {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, () =>
    ledgerCall(ledger, "add", { number: random.below(records), by: 1 }),
  );
}

/** Transfers between two accounts drawn at random. */
export function transfers(ledger: AppService, records: number, count: number): StoreCall[] {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, () => {
    const from = random.below(records);
    const to = (from + 1 + random.below(records - 1)) % records;
    return ledgerCall(ledger, "transfer", { from, to, amount: 1 });
  });
}

/** Payments from one purse, the first under the number `sequence`. */
export function payments(ledger: AppService, sequence: number, count: number): StoreCall[] {
  const operation = ledger.program.operation("pay");
  return Array.from({ length: count }, (_, i) => {
    const args = { owner: OWNER, coins: 1 };
    const signature = sign(null, messageToSign(operation, args, sequence + i), KEYS.privateKey);
    return ledgerCall(ledger, "pay", { ...args, signature: Uint8Array.from(signature) });
  });
}

/** Every account read by a call of its own. */
export function readings(ledger: AppService, count: number): StoreCall[] {
  return Array.from({ length: count }, (_, number) => ledgerCall(ledger, "read", { number }));
}

/** Values of 8 bytes put into the built-in key-value service: under each key once, then under keys drawn at random. */
export function kvPuts(
  records: number,
  count: number,
): { readonly load: StoreCall[]; readonly calls: StoreCall[] } {
  const random = seededRandom(SEED);
  const load = Array.from({ length: records }, (_, record) => kvPut(record, 0));
  const calls = Array.from({ length: count }, (_, i) => kvPut(random.below(records), i));
  return { load, calls };
}

function kvPut(record: number, number: number): StoreCall {
  const key = new Uint8Array(KEY_BYTES);
  const value = new Uint8Array(8);
  new DataView(key.buffer).setUint32(4, record);
  new DataView(value.buffer).setUint32(4, number);
  const argument = encodeKvArgument({ operation: "put", key, value });
  return { function: kvFunctionNumber("put"), argument, requestId: null };
}
