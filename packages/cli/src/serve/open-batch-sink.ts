// SPDX-License-Identifier: Apache-2.0
import {
  fileBatchSink,
  type OpenBatchSink,
  postgresBatchSink,
  s3BatchSink,
} from "@zeta/prover-api/sealed/batch-sinks";
import { usageError } from "../exit.ts";
import { openWritable } from "../options/writable-directory.ts";
import { daemonLog } from "../proving/plain-log.ts";

/**
 * What `--seal-batches` names: a directory, `s3://HOST/BUCKET[/PREFIX]` with the credentials in the environment as other S3 clients expect
 * them, or the `postgres://` URL of a prover API's database.
 *
 * @throws ZetaError `usage` for an S3 address without bucket or credentials; what a database that cannot be reached throws.
 */
export async function openBatchSink(
  where: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OpenBatchSink> {
  if (/^postgres(ql)?:\/\//.test(where)) return postgresBatchSink(where, daemonLog(false));
  if (!where.startsWith("s3://")) {
    openWritable("--seal-batches", where);
    return fileBatchSink(where);
  }
  const [, host, bucket, prefix] = /^s3:\/\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(where) ?? [];
  if (host === undefined || bucket === undefined) {
    throw usageError(`--seal-batches: expected s3://HOST/BUCKET, got ${JSON.stringify(where)}`);
  }
  const scheme = /^(localhost|127\.|\[::1\])/.test(host) ? "http" : "https";
  return s3BatchSink({
    endpoint: `${scheme}://${host}/${bucket}`,
    region: environment.AWS_REGION ?? "auto",
    accessKeyId: credential(environment, "AWS_ACCESS_KEY_ID"),
    secretAccessKey: credential(environment, "AWS_SECRET_ACCESS_KEY"),
    ...(prefix !== undefined && prefix !== "" && { prefix: `${prefix.replace(/\/$/, "")}/` }),
  });
}

function credential(environment: Readonly<Record<string, string | undefined>>, name: string) {
  const value = environment[name];
  if (value === undefined || value === "") {
    throw usageError(`--seal-batches: expected ${name} in the environment, got none`);
  }
  return value;
}
