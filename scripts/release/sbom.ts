/** The bill of materials, as CycloneDX: what npm knows of the packages, and what it does not know. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MODELS } from "../../src/project/models.ts";
import { command } from "./tools.ts";

interface Sbom {
  readonly bomFormat: string;
  readonly components: readonly object[];
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
}

/**
 * Writes `amalfa-VERSION.cdx.json` and returns the number of components.
 *
 * @param inside the unpacked package; its manifest loses what is only for development
 */
export async function writeSbom(inside: string, out: string): Promise<number> {
  const manifest = JSON.parse(readFileSync(join(inside, "package.json"), "utf8"));
  const { devDependencies: _dev, scripts: _scripts, overrides: _overrides, ...published } = manifest;
  await Bun.write(join(inside, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
  const npm = ["npm", "sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--omit", "dev"];
  const sbom: Sbom = JSON.parse(await command(npm, inside));
  const components = [...sbom.components, ...bunComponents(manifest.optionalDependencies), ...models()];
  const { name, version } = published;
  const file = join(out, `${name}-${version}.cdx.json`);
  await Bun.write(file, `${JSON.stringify({ ...sbom, components }, undefined, 2)}\n`);
  return components.length;
}

/** Which of them is installed depends on the machine. */
function bunComponents(dependencies: Readonly<Record<string, string>>): object[] {
  return Object.entries(dependencies).map(([name, version]) => ({
    type: "library",
    "bom-ref": `${name}@${version}`,
    name,
    version,
    scope: "optional",
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
  }));
}

function models(): object[] {
  const directories = new Map(MODELS.map((model) => [model.directory, model]));
  return [...directories.values()].map((model) => ({
    type: "machine-learning-model",
    "bom-ref": `model:${model.directory}`,
    name: model.directory,
    licenses: [{ license: { id: "Apache-2.0" } }],
    hashes: [{ alg: "SHA-256", content: model.files.onnx.sha256 }],
  }));
}
