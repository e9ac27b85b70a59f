/** Walks a folder and looks at each file: the least that finding out whether anything changed can cost. */
import { readdirSync, statSync } from "node:fs";

/** Files, and their bytes, below a folder; hidden folders are passed over. */
export function walkTree(root: string): { readonly files: number; readonly bytes: number } {
  let files = 0;
  let bytes = 0;
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".")) pending.push(path);
      } else {
        files++;
        bytes += statSync(path).size;
      }
    }
  }
  return { files, bytes };
}

if (import.meta.main) {
  const { files, bytes } = walkTree(process.argv[2] ?? ".");
  console.log(files, bytes);
}
