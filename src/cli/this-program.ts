/** This program, as other processes start it. */
import { programFile } from "../system/index.ts";

/** Absolute path. */
export const CLI = programFile("src/cli.ts");
