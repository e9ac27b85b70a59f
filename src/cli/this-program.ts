/** This program, as other processes start it. */
import { fileURLToPath } from "node:url";

/** Absolute path. */
export const CLI = fileURLToPath(new URL("../cli.ts", import.meta.url));
