// SPDX-License-Identifier: Apache-2.0

/** The frame of the OpenAPI document; the routes fill in the paths. */
export function openApiDocument(service?: { readonly name: string; readonly version: string }) {
  return {
    openapi: "3.1.0",
    info: {
      title: service === undefined ? "Zeta key-value service" : `Zeta service ${service.name}`,
      version: service?.version ?? "1",
      description:
        "Every answer is provisional until its epoch is certified by the monitor; the receipt then proves what was answered. " +
        "Errors are application/problem+json with a stable code.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
  };
}
