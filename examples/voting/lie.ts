// SPDX-License-Identifier: Apache-2.0
import { bundleService } from "@zeta/app/bundle-service";
import { codeHash } from "@zeta/app/sandbox/load-program";
import { connect, isRefused, verifyEvidence } from "@zeta/client";
import { toHex } from "@zeta/protocol/hex";
import { startService } from "@zeta/service/serve";
import voting from "./voting.ts";

const code = await bundleService("examples/voting/voting.ts");
const service = await startService({ port: 0, epochMs: 200, serviceCode: code });
const trust = { simulation: true, serviceCode: toHex(codeHash(code)) };
const client = await connect(service.url, { trust });
const polls = client.service(voting);

await polls.open({ poll: "lunch", choices: 2 });
await polls.vote({ poll: "lunch", voter: "alice", choice: 0 });

// Now you are a host who favours the second choice: its count is the last number of the answer.
service.engine.interfere({
  instead: () => null,
  after(_call, answer) {
    const result = answer.result.slice();
    result[result.length - 1] = 7;
    return { ...answer, result };
  },
  receipt: async () => null,
});

const closed = await polls.close({ poll: "lunch" });
console.log("told", closed.result);
try {
  await closed.certified();
} catch (error) {
  if (!isRefused(error)) throw error;
  console.log("caught", error.code);
  const { verdict } = await verifyEvidence(JSON.parse(JSON.stringify(error.evidence)), trust);
  console.log("evidence, checked by anybody:", verdict);
}

client.close();
await service.close();
