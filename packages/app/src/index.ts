// SPDX-License-Identifier: Apache-2.0
/** What the author of a service imports. Nothing of it needs Node: this code becomes part of the service's own. */
export { defineService, type Service } from "./define-service.ts";
export { fail } from "./fail.ts";
export { list, operation, record } from "./operation.ts";
export { type Static, t } from "./schema.ts";
export { workflow } from "./workflow.ts";
