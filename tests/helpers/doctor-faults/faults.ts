/** Everything that can be wrong with a project, by the checks that find it. */
import { CACHE_FAULTS } from "./cache-faults.ts";
import { CONFIGURATION_FAULTS } from "./configuration-faults.ts";
import { DATABASE_FAULTS } from "./database-faults.ts";
import type { Fault } from "./fault.ts";
import { GRAPH_FAULTS } from "./graph-faults.ts";
import { LAYOUT_FAULTS } from "./layout-faults.ts";
import { LOG_FAULTS } from "./log-faults.ts";
import { SERVICE_FAULTS } from "./service-faults.ts";

export const FAULTS: readonly Fault[] = [
  ...CONFIGURATION_FAULTS,
  ...LAYOUT_FAULTS,
  ...SERVICE_FAULTS,
  ...DATABASE_FAULTS,
  ...GRAPH_FAULTS,
  ...CACHE_FAULTS,
  ...LOG_FAULTS,
];
