// SPDX-License-Identifier: Apache-2.0
import { build, install } from "./setup.mjs";

install();
build();
