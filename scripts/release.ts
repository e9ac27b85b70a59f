/**
 * Makes what is published, and proves it: packs this clone, looks at what the package holds, installs it where
 * nothing else is, and does the main jobs there.
 *
 * ```
 * bun scripts/release.ts --dry-run            everything, and what was made is thrown away
 * bun scripts/release.ts --out release        everything, and what was made is kept; `publish.yml` publishes it
 * ```
 *
 * Two layouts are made. The package that `bun pm pack` makes in a clone runs by itself on machines of this kind. What
 * is published serves all: amalfa without machine code of the ONNX runtime, and a package a platform that has it, of
 * which installers take the one that fits.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { problemsOfFiles, problemsOfManifests } from "./release/contents.ts";
import { makeDesktopBundle } from "./release/desktop-bundle.ts";
import { makeHosted } from "./release/hosted.ts";
import { type NodePrograms, otherNode } from "./release/other-node.ts";
import { writeSbom } from "./release/sbom.ts";
import { command, pack } from "./release/tools.ts";
import { tryInstalled } from "./release/try-installed.ts";

const root = resolve(import.meta.dir, "..");
const { values } = parseArgs({ options: { "dry-run": { type: "boolean" }, out: { type: "string" } } });
if ((values["dry-run"] === true) === (values.out !== undefined)) {
  console.error("usage: bun scripts/release.ts --dry-run | --out FOLDER");
  process.exit(2);
}

const work = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-release-")));
try {
  const out = resolve(values.out ?? join(work, "out"));
  mkdirSync(out, { recursive: true });
  const alone = await pack(root, work, {});
  const inside = join(work, "package");
  await command(["tar", "-xzf", alone, "-C", work], root);
  const files = listFiles(inside);
  const platform = { os: process.platform, cpu: process.arch };
  const manifests = files.filter(({ path }) =>
    /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  );
  const problems = [
    ...problemsOfFiles(files, platform),
    ...problemsOfManifests(
      manifests.map(({ path }) => ({ ...JSON.parse(readFileSync(join(inside, path), "utf8")), path })),
    ),
  ];
  if (problems.length > 0)
    throw new Error(`What was packed is not what it should be:\n${problems.join("\n")}`);
  console.log(`${files.length} files, as they should be; ${size(alone)} packed`);

  console.log(`bill of materials: ${await writeSbom(inside, out)} components`);
  const { main, platforms } = await makeHosted({ root, inside, work, out });
  const bundle = await makeDesktopBundle(root, inside, work, out);
  console.log(`bundle for desktop clients: ${size(bundle.file)}, starts and offers ${bundle.tools} tools`);
  const own = platforms.find(({ name }) => name.endsWith(`${platform.os}-${platform.cpu}`));
  for (const { name, tarball } of [{ name: "amalfa", tarball: main }, ...platforms])
    console.log(`to publish: ${name}, ${size(tarball)} packed`);

  const cache = join(work, "npm-cache");
  const published = [main, own?.tarball ?? ""];
  const other = await otherNode(work, cache);
  const tries: readonly {
    readonly name: string;
    readonly tarballs: string[];
    readonly npmFlags: string[];
    readonly programs?: NodePrograms;
  }[] = [
    { name: "the package of a clone", tarballs: [alone], npmFlags: [] },
    { name: "the same without scripts", tarballs: [alone], npmFlags: ["--ignore-scripts"] },
    { name: "the packages to publish", tarballs: published, npmFlags: [] },
    { name: `the same with ${other.name}`, tarballs: published, npmFlags: [], programs: other },
  ];
  for (const { name, ...rest } of tries) {
    const folder = mkdtempSync(join(work, "try-"));
    const done = await tryInstalled({ ...rest, work: folder, cache, source: root });
    console.log(`${name}: ${done.join(", ")}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function listFiles(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: path.slice(folder.length + 1).replaceAll("\\", "/"),
      bytes: statSync(path).size,
    }));
}

function size(path: string): string {
  return `${(statSync(path).size / 1e6).toFixed(1)} MB`;
}
