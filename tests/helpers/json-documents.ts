/** Holds what the program prints with `--json` against the schemas that the package publishes. */
import { join } from "node:path";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { DOCUMENTS } from "../../scripts/json/documents.ts";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { ERRORS } from "../../src/system/errors.ts";
import { expectAdvice } from "./advice.ts";

const SCHEMAS = join(import.meta.dir, "../../schemas");
const validators = new Map<string, Promise<ValidateFunction>>();

/**
 * Throws when a document is other than its schema says, has a field that this does not name, or has no schema, and when
 * the doctor finds something and does not say what to do.
 */
export async function expectDescribed(args: readonly string[], document: unknown): Promise<void> {
  const name = documentName(args, document);
  const line = `amalfa ${args.join(" ")}`;
  if (name === undefined) {
    throw new Error(`No schema describes what \`${line}\` prints: add it to scripts/json/documents.ts.`);
  }
  const known = validators.get(name) ?? compile(name);
  validators.set(name, known);
  const validate = await known;
  if (validate(document)) return name === "doctor" ? expectAdvice(document as DoctorReport) : undefined;
  const wrong = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `  ${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(
    `What \`${line}\` prints is not what schemas/${name}.json says. Change scripts/json and run ` +
      `\`bun scripts/json-schemas.ts\`, or the program:\n${wrong.join("\n")}\n${JSON.stringify(document)}`,
  );
}

/** The schema's name: by the words of the command line, and by what it printed where it failed. */
export function documentName(args: readonly string[], document: unknown): string | undefined {
  if (isError(document)) {
    if (!Object.hasOwn(ERRORS, document.error.code)) throw new Error(`No such error: ${document.error.code}`);
    return "error";
  }
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const given = args.slice(0, end).filter((_, at) => args[at - 1] !== "--root");
  const words = given.filter((arg) => !arg.startsWith("-"));
  if (given.some((arg) => arg === "--help" || arg === "-h") || words.includes("help")) return "help";
  if (given.some((arg) => arg === "--version" || arg === "-V")) return "version";
  const typed = words
    .slice(0, 3)
    .join(" ")
    .replace(/^kill\b/, "stop-all");
  const found = DOCUMENTS.filter(({ commands }) =>
    commands.some((command) => typed === command || typed.startsWith(`${command} `)),
  );
  const usual = found.find(({ when }) => when === undefined);
  return (given.includes("--list-checks") ? found.find(({ when }) => when !== undefined) : usual)?.name;
}

function isError(document: unknown): document is { readonly error: { readonly code: string } } {
  return typeof document === "object" && document !== null && "error" in document;
}

async function compile(name: string): Promise<ValidateFunction> {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const schema = await Bun.file(join(SCHEMAS, `${name}.json`)).json();
  return new Ajv2020({ allErrors: true, strictTuples: false }).compile(closed(schema));
}

/** A published schema lets fields come that it does not know; here such a field is one that nobody has described. */
function closed<Part>(schema: Part): Part {
  if (Array.isArray(schema)) return schema.map(closed) as Part;
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closed(part)]));
  return { ...("properties" in parts ? { additionalProperties: false } : {}), ...parts } as Part;
}
