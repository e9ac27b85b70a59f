/**
 * The kind of processor that vectors are computed by.
 *
 * The int8 model's vectors differ with it: between a processor with AVX-512 and VNNI and one with neither AVX nor more,
 * cosines of 20 passages went down to 0.993. On one machine a vector is the same wherever it comes from (I2), so that
 * rows of one kind are not found by another: each has names of its own.
 */
import { readFileSync } from "node:fs";

/** Empty for the kind with VNNI, whose rows have the names of the model alone. */
let known: string | undefined;

export function processorClass(): string {
  known ??= classOf(process.arch, process.platform === "linux" ? flagsOfLinux() : undefined);
  return known;
}

/**
 * @param architecture as Node names it
 * @param flags what the processor can do, as Linux names it; undefined where that cannot be told
 */
export function classOf(architecture: string, flags: ReadonlySet<string> | undefined): string {
  if (architecture !== "x64") return architecture;
  if (flags === undefined) return "x64";
  if (flags.has("avx512_vnni") || flags.has("avx_vnni")) return "";
  if (flags.has("avx512bw")) return "x64-avx512";
  return flags.has("avx2") ? "x64-avx2" : "x64-sse";
}

function flagsOfLinux(): ReadonlySet<string> | undefined {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
    return line === undefined ? undefined : new Set(line.trim().split(/\s+/));
  } catch {
    return undefined;
  }
}
