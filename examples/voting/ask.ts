// SPDX-License-Identifier: Apache-2.0
import { bundleService } from "@zeta/app/bundle-service";
import { codeHash } from "@zeta/app/sandbox/load-program";
import { connect } from "@zeta/client";
import { toHex } from "@zeta/protocol/hex";
import { startService } from "@zeta/service/serve";
import voting from "./voting.ts";

// The host: anybody, with your file.
const code = await bundleService("examples/voting/voting.ts");
const service = await startService({ port: 0, epochMs: 200, serviceCode: code });

// The client: trusts what it has read, which is the same file.
const trust = { simulation: true, serviceCode: toHex(codeHash(code)) };
const client = await connect(service.url, { trust });
const polls = client.service(voting);

await polls.open({ poll: "lunch", choices: 2 });
for (const voter of ["alice", "bob", "carol"]) {
  await polls.vote({ poll: "lunch", voter, choice: voter === "bob" ? 0 : 1 });
}
const closed = await polls.close({ poll: "lunch" });
console.log("told", closed.result);
const proof = await closed.certified();
console.log(proof.report());

client.close();
await service.close();
