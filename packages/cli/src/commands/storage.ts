// SPDX-License-Identifier: Apache-2.0
import { SERVICE_ID_BYTES_MAX } from "@zeta/protocol/limits";
import type { Command } from "commander";
import { type Exit, usageError } from "../exit.ts";
import { jsonOption, parsedOption } from "../options/option.ts";
import { parsePlace } from "../serve/data-place.ts";

const HELP = `
STORE is lmdb:DIRECTORY, with the directory that zeta serve --data takes, or the
redis:// or postgres:// of --store. The service must be stopped, and nothing of
it may be at the destination yet. Start it there afterwards, and never again at
the source: two services that go on from one state are a fork, which clients
refuse (docs/storage.md). A copy that was killed in the middle is refused by a
service, and may be made once more.
  zeta storage copy --from lmdb:./zeta-data --to postgres://zeta@localhost/zeta`;

interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly json?: true;
}

export function addStorageCommand(program: Command, exit: Exit): void {
  const storage = program
    .command("storage")
    .description("move the data of a durable service to another place");
  storage
    .command("copy")
    .description("copy a stopped service's data into an empty place")
    .addOption(
      parsedOption("--from <store>", "where the data are", parsePlace).makeOptionMandatory(),
    )
    .addOption(parsedOption("--to <store>", "an empty place", parsePlace).makeOptionMandatory())
    .addOption(
      parsedOption(
        "--service <name>",
        "whose data, by the name in its statements",
        parseServiceId,
      ).default("kv"),
    )
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async ({ from, to, service, json }: CopyOptions) => {
      const { copyData } = await import("../storage/copy-data.ts");
      exit(await copyData({ from, to, serviceId: service, json: json ?? false }));
    });
}

function parseServiceId(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= SERVICE_ID_BYTES_MAX) return text;
  const expected = `1 to ${SERVICE_ID_BYTES_MAX} printable ASCII characters`;
  throw usageError(`expected ${expected}, got ${JSON.stringify(text.slice(0, 80))}`);
}
