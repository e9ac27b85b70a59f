/** The programs that a release needs. */
import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Runs a program and returns what it printed. Throws with all of it where it failed. */
export async function command(args: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Packs a package and returns the path of its tarball. */
export async function pack(
  folder: string,
  out: string,
  { scripts = true }: { readonly scripts?: boolean },
): Promise<string> {
  const own = mkdtempSync(join(out, "pack-"));
  const flags = scripts ? [] : ["--ignore-scripts"];
  await command([process.execPath, "pm", "pack", "--destination", own, ...flags], folder);
  const [name = ""] = readdirSync(own);
  return join(own, name);
}
