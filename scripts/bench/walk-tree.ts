/** Walks a folder and looks at each file: the least that finding out whether anything changed can cost. */
import { readdirSync, statSync } from "node:fs";

let files = 0;
let bytes = 0;
const pending = [process.argv[2] ?? "."];
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
console.log(files, bytes);
