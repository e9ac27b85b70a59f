/** Preloaded into a measured process: writes the peak of its resident memory, in bytes, to a file when it ends. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const file = process.env.AMALFA_BENCH_PEAK_FILE;
if (file !== undefined) process.on("exit", () => writeFileSync(file, String(peakBytes())));

function peakBytes(): number {
  if (existsSync("/proc/self/status")) {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  }
  const { maxRSS } = process.resourceUsage();
  return process.platform === "darwin" ? maxRSS : maxRSS * 1024;
}
