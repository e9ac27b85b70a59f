/**
 * Builds the site of the documentation into `site/.vitepress/dist`: `bun scripts/site.ts`. Fails on a link that leads
 * nowhere. What builds it is installed in `site/` alone, so that setting up for development does not bring it.
 */
import { join } from "node:path";

const SITE = join(import.meta.dir, "../site");

/** Runs Bun in the site's folder, and answers whether it went well. */
async function run(...args: readonly string[]): Promise<boolean> {
  const stdio: ["ignore", "inherit", "inherit"] = ["ignore", "inherit", "inherit"];
  return (await Bun.spawn([process.execPath, ...args], { cwd: SITE, stdio }).exited) === 0;
}

const built =
  (await run("install", "--frozen-lockfile")) &&
  (await run("--bun", join(SITE, "node_modules/vitepress/bin/vitepress.js"), "build", "."));
process.exitCode = built ? 0 : 1;
