/** A whole folder as text, for asserting that nothing in it has changed. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Every entry below a folder, with its kind, content and time of change. Follows no link. */
export function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path);
      if (stat.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
      if (stat.isDirectory()) return `${name}/`;
      const hash = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
      return `${name} ${stat.mtimeMs} ${hash}`;
    });
}
