// SPDX-License-Identifier: Apache-2.0
import { runLocally } from "@zeta/app/run-locally";
import voting from "./voting.ts";

const polls = runLocally(voting);
polls.open({ poll: "lunch", choices: 2 });
console.log(polls.vote({ poll: "lunch", voter: "alice", choice: 1 }));
console.log(polls.vote({ poll: "lunch", voter: "alice", choice: 1 }));
console.log(polls.close({ poll: "lunch" }));
