/** What a fault is: something that can be wrong with a project, made for real, and what the doctor is to say of it. */
import type { TempFolder } from "../temp-folder.ts";

export interface Fault {
  readonly name: string;
  /** Id of the check that reports it. */
  readonly check: string;
  readonly status: "warning" | "error";
  /** What a finding says, in part. */
  readonly says: RegExp;
  /** Whether `--fix` mends it; else the first command of the finding, or none. */
  readonly mended: "by fix" | string | undefined;
  readonly args?: readonly string[];
  /** Makes the fault. A process that it answers is ended with the test. */
  readonly make: (project: TempFolder) => unknown;
}

/** Faults that one check reports alike. */
export function faultsOf(
  common: Pick<Fault, "check" | "status" | "mended">,
  faults: readonly Omit<Fault, "check" | "status" | "mended">[],
): Fault[] {
  return faults.map((fault) => ({ ...common, ...fault }));
}

/** Makes a fault by writing files, by their paths relative to the project root. */
export function writing(files: Readonly<Record<string, string | Uint8Array>>): Fault["make"] {
  return (project) => project.write(files);
}
