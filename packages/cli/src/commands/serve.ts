// SPDX-License-Identifier: Apache-2.0
import { hostNames, webOrigins } from "@zeta/http/host-names";
import { BATCH_EPOCHS_MAX, SLOTS_MAX } from "@zeta/protocol/limits";
import { RECORDS_MAX, SLOTS_MIN } from "@zeta/store/limits";
import { WORKERS_MAX } from "@zeta/store/wasm/share-out";
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption, listOption, parsedOption } from "../options/option.ts";
import { parseCount } from "../options/parse-count.ts";
import { BUILT_IN_SERVICES } from "../serve/built-in-services.ts";
import {
  completeServeConfig,
  readServeSettings,
  type ServeSettings,
} from "../serve/serve-config.ts";

const HELP = `
--service runs a service in TypeScript instead of the key-value service: a file,
or one of this release
(${BUILT_IN_SERVICES.join(", ")}).
zeta call asks it. Data are kept in ./zeta-data: a service that is started there
again goes on where it was, on as many threads as it is told to use now, and its
certificates say so (docs/storage.md). --data takes another directory, --store a
Redis or Postgres instead, --memory keeps nothing; with --allow-attacks or
--seal-batches data are in memory only. --config names a JSON file with the
members http, allowHost, allowOrigin (lists), resp, epoch, threads, slots,
recordsMax, data, memory, store, service, tee, allowAttacks, sealBatches,
batchEpochs, all optional; options on the command line come first. Ctrl-C,
SIGTERM and a terminal that is closed stop cleanly: the current epoch is
certified before the process ends. A service that failed says so on stderr, and
exits with 1 then.

--records-max is room for keys, absent ones that were asked for included; one
more is refused (store_full). Memory is taken as records come, about 200 bytes
and the value for each, of the 4 GiB that a thread has: with 20000000 records
nothing is left for values.

On a loopback address a service answers for localhost and addresses alone, so
that no web page whose name is made to point here can ask; --allow-host adds a
name, as behind a proxy that keeps the Host. On other addresses it answers under
every name unless there is a list. Pages of other sites are refused, except
those of --allow-origin (docs/security.md, "Web pages").

--tee auto takes the TEE that is there (SGX in Gramine; TDX or SEV-SNP through
configfs-tsm) and says which. Where there is none it says so and the quote is
SIMULATED; a TEE that is there and fails is an error. With --allow-attacks
anybody who can reach the service can make it lie (zeta attack): that is for
demonstrations only, and never with a hardware quote. --seal-batches writes each
closed range of epochs as a batch that gateways can prove elsewhere
(docs/gateway.md).`;

interface ServeCommandOptions extends ServeSettings {
  readonly config?: string;
  readonly json?: true;
}

export function addServeCommand(program: Command, exit: Exit): void {
  program
    .command("serve")
    .description("run the verified key-value service, or one in TypeScript")
    .addOption(new Option("--config <file>", "settings in JSON"))
    .addOption(new Option("--http <host:port>", "where to listen (127.0.0.1:7070; port 0: any)"))
    .addOption(
      listOption("--allow-host <name>", "answer under this name, too; may be repeated", (names) =>
        hostNames(names, "--allow-host"),
      ),
    )
    .addOption(
      listOption(
        "--allow-origin <origin>",
        "let web pages of this origin ask, or * for all; may be repeated",
        (origins) => webOrigins(origins, "--allow-origin"),
      ),
    )
    .addOption(
      new Option(
        "--resp <host:port>",
        "where to speak the Redis protocol, or off (127.0.0.1:7379)",
      ),
    )
    .addOption(new Option("--epoch <time>", "how often answers are certified (1s)"))
    .addOption(
      parsedOption("--threads <n>", "workers with a monitor thread each (1)", (text) =>
        parseCount(text, 1, WORKERS_MAX),
      ),
    )
    .addOption(
      parsedOption("--slots <n>", "records in protected memory (16384)", (text) =>
        parseCount(text, SLOTS_MIN, SLOTS_MAX),
      ),
    )
    .addOption(
      parsedOption("--records-max <n>", "records of each thread (8388608)", (text) =>
        parseCount(text, 1, RECORDS_MAX),
      ),
    )
    .addOption(new Option("--data <directory>", "where data are kept (./zeta-data)"))
    .addOption(new Option("--memory", "keep data in memory only"))
    .addOption(new Option("--store <engine>", "lmdb, memory, redis://.. or postgres://.. (lmdb)"))
    .addOption(
      new Option("--service <name>", "kv, another service of this release, or a .ts file (kv)"),
    )
    .addOption(
      new Option("--tee <kind>", "what vouches for the monitor: simulation, or auto (simulation)"),
    )
    .addOption(new Option("--allow-attacks", "let clients make this service lie"))
    .addOption(
      new Option(
        "--seal-batches <place>",
        "seal the log for gateways: a directory, s3://, postgres://",
      ),
    )
    .addOption(
      parsedOption("--batch-epochs <n>", "epochs of a sealed batch (60)", (text) =>
        parseCount(text, 1, BATCH_EPOCHS_MAX),
      ),
    )
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async ({ config, json, ...given }: ServeCommandOptions) => {
      const settings = config === undefined ? given : { ...readServeSettings(config), ...given };
      const complete = completeServeConfig(settings);
      const { runService } = await import("../serve/run-service.ts");
      await runService(complete, json ?? false);
      exit(EXIT.success);
    });
}
