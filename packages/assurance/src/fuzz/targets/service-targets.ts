// SPDX-License-Identifier: Apache-2.0

import type { Codec } from "@zeta/app/codec/codec";
import { Reader } from "@zeta/app/codec/reader";
import { Writer } from "@zeta/app/codec/writer";
import { encodeArgument, encodeJsonArgument } from "@zeta/app/encode-argument";
import { readManifest } from "@zeta/app/manifest";
import type { Program } from "@zeta/app/program";
import { coded } from "@zeta/app/refusal";
import { runCall } from "@zeta/app/run-call";
import { lineageFromJson } from "@zeta/attestation/service-lineage";
import { decodeJournalEntry, EntryWriter } from "@zeta/service/durable/journal-entry";
import { decodeManifest, encodeManifest } from "@zeta/service/durable/manifest";
import { certificatePages, decodePastPage, receiptPages } from "@zeta/service/durable/past-page";
import { decodeText } from "@zeta/service/http/json-members";
import { keyOfSegment } from "@zeta/service/http/kv-key";
import { parseOperation } from "@zeta/service/http/parse-operation";
import { parseItems } from "@zeta/service/http/parse-transact";
import { purseService } from "../../sample-services.ts";
import type { Samples } from "../samples.ts";
import { type ByteTarget, bytewise, type JsonTarget, silent, textual } from "../target.ts";
import { respTargets } from "./resp-targets.ts";

const RESULT_BYTES_MAX = 1 << 16;

/** Arguments and results of a service in TypeScript, as bytes. */
export async function serviceByteTargets(foreign: Samples): Promise<ByteTarget[]> {
  const program = await purseService();
  const calls = [
    { operation: "fill", args: { name: "ann", coins: 7, note: "é" } },
    { operation: "move", args: { from: "ann", to: "bob", coins: 3 } },
    { operation: "count", args: { names: ["ann", "bob", "cleo"] } },
  ];
  const args = calls.map(({ operation, args }) => argumentTarget(program, operation, args));
  const { result } = program.operation("count");
  const writer = new Writer(new Uint8Array(RESULT_BYTES_MAX));
  result.write({ coins: 9, notes: ["one", ""] }, writer);
  const samples = [writer.toBytes()];
  return [
    ...args,
    ...respTargets(),
    journalTarget(),
    manifestTarget(foreign),
    pastPageTarget(),
    {
      name: "result of a service",
      decoders: [],
      samples,
      recode: (bytes) => recode(result, bytes),
    },
  ];
}

/** What a storage gives back: the host's own bytes, but disks fail. */
function journalTarget(): ByteTarget {
  const writer = new EntryWriter(7);
  writer.add({ function: 1, argument: Uint8Array.of(1, 2, 3), requestId: "5a".repeat(16) });
  writer.add({ function: 0, argument: new Uint8Array(0), requestId: null });
  return {
    name: "entry of a journal",
    decoders: [decodeJournalEntry],
    samples: [writer.view(), new EntryWriter(8).view()],
    recode: (bytes) => {
      const { epoch, calls } = decodeJournalEntry(bytes);
      const again = new EntryWriter(epoch);
      for (const call of calls) again.add(call);
      return again.view();
    },
  };
}

function pastPageTarget(): ByteTarget {
  const run = {
    ...{ epoch: 7, thread: 0, first: 0, count: 2 },
    ids: Uint32Array.from({ length: 8 }, (_, word) => word * 0x01234567),
    functions: Uint8Array.of(0, 1),
    leaves: new Uint8Array(64).fill(9),
  };
  const runs = [run, { ...run, epoch: 8, first: 2 }];
  const certificates = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  const pages = [...certificatePages(7, certificates), ...receiptPages(runs)];
  return {
    name: "page of a storage",
    decoders: [decodePastPage],
    samples: pages.map(({ bytes }) => bytes),
    recode: (bytes) => {
      const page = decodePastPage(bytes);
      const again =
        page.kind === "receipts"
          ? receiptPages(page.runs)
          : certificatePages(page.first, page.certificates);
      return [...again][0]?.bytes ?? new Uint8Array(0);
    },
  };
}

function manifestTarget({ lineage }: Samples): ByteTarget {
  const rootValue = Uint8Array.of(0, 0);
  const common = { lineage: lineageFromJson(lineage), rootValue, isNamesComplete: true };
  const ofOne = { ...common, fullDepth: 0, threads: 1 };
  const ofSeveral = { ...common, fullDepth: 6, threads: 3 };
  return {
    name: "manifest of a storage",
    decoders: [decodeManifest],
    samples: [encodeManifest(ofOne), encodeManifest(ofSeveral)],
    // JSON has many ways to write one thing.
    recode: bytewise(decodeManifest),
  };
}

function argumentTarget(program: Program, name: string, args: object): ByteTarget {
  const operation = program.operation(name);
  return {
    name: `service's argument of ${name}`,
    decoders: [],
    samples: [encodeArgument(operation, args)],
    recode: (bytes) => {
      runCall(program, operation.number, bytes);
      return recode(operation.arguments, bytes);
    },
  };
}

/** The codec alone has errors without a code; whoever uses it gives them one. */
function recode(codec: Codec, bytes: Uint8Array): Uint8Array {
  try {
    const reader = new Reader().open(bytes);
    const value = codec.read(reader);
    reader.close();
    const writer = new Writer(new Uint8Array(RESULT_BYTES_MAX));
    codec.write(value, writer);
    return writer.toBytes();
  } catch (error) {
    throw coded(error, "invalid_argument");
  }
}

/** What clients send to a service, and what a host says a service is. */
export async function serviceJsonTargets({ operations }: Samples): Promise<JsonTarget[]> {
  const program = await purseService();
  const count = program.operation("count");
  return [
    {
      name: "operation",
      decoders: [parseOperation, parseItems, decodeText],
      samples: operations.operations,
      recode: silent((value) => parseOperation(value, "operation")),
    },
    {
      name: "key in a path",
      decoders: [keyOfSegment],
      samples: ["alice", "%00%ff", "a%2Fb"],
      recode: silent(textual(keyOfSegment)),
    },
    {
      name: "service's argument in JSON",
      decoders: [],
      samples: [{ names: ["ann", "bob"] }],
      recode: silent((value) => encodeJsonArgument(count, value)),
    },
    {
      name: "manifest",
      decoders: [readManifest],
      samples: [JSON.parse(JSON.stringify(program.manifest))],
      recode: silent(readManifest),
    },
  ];
}
