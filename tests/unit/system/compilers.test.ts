/** Functions that the engine's last compiler is kept from. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const MODULE = join(import.meta.dir, "../../../src/system/compilers.ts");

test("a function that is kept from the last compiler is never compiled by it, however often it runs", () => {
  const program = `
    const { keepFromLastCompiler } = await import(${JSON.stringify(MODULE)});
    function kept(text) { let n = 0; for (let at = 0; at < text.length; at++) n += text.charCodeAt(at) & 7; return n; }
    function other(text) { let n = 0; for (let at = 0; at < text.length; at++) n += text.charCodeAt(at) & 3; return n; }
    keepFromLastCompiler(kept);
    const text = "abc ".repeat(50);
    for (let round = 0; round < 60_000; round++) { kept(text); other(text); }
  `;
  // In the thread that runs it, so that what is compiled does not depend on time.
  const env = { ...process.env, BUN_JSC_useConcurrentJIT: "0", BUN_JSC_reportFTLCompileTimes: "1" };
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", program], { env });
  expect(exitCode).toBe(0);
  const compiled = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("with FTL"));
  expect(compiled.some((line) => line.includes("other#"))).toBe(true);
  expect(compiled.some((line) => line.includes("kept#"))).toBe(false);
});
