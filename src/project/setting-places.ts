import { extname } from "node:path";
import type { Node } from "jsonc-parser";
import { readSmallFile } from "../system/files/index.ts";

type Origin = "default" | "file" | "environment" | "flag";

export interface SettingInForce {
  readonly key: string;
  /** As a settings file would have it; null where nothing is set. */
  readonly value: unknown;
  readonly from: Origin;
  /** Absolute path of the file; null where it comes from none. */
  readonly file: string | null;
  /** Counted from 1; null where it cannot be told. */
  readonly line: number | null;
  /** The variable of the environment; null where it comes from none. */
  readonly variable: string | null;
  /** What the file says, where something else holds in its place. */
  readonly written?: unknown;
}

/** The line of a key, counted from 1; undefined where it cannot be told. */
export type LineOf = (key: string) => number | undefined;

/** @param file absolute path of a settings file that has just been read */
export async function linesOfKeys(file: string): Promise<LineOf> {
  const text = textOf(file);
  if (text === undefined) return () => undefined;
  return extname(file) === ".json" ? inJson(text) : (key) => inProgram(text, key);
}

function textOf(file: string): string | undefined {
  try {
    return readSmallFile(file);
  } catch {
    return undefined;
  }
}

async function inJson(text: string): Promise<LineOf> {
  const { parseTree } = await import("jsonc-parser");
  const lines = new Map<string, number>();
  const note = (object: Node, prefix: string): void => {
    for (const { children: [name, value] = [] } of object.children ?? []) {
      if (name === undefined) continue;
      const key = `${prefix}${String(name.value)}`;
      lines.set(key, lineAt(text, name.offset));
      if (value?.type === "object") note(value, `${key}.`);
    }
  };
  const tree = parseTree(text);
  if (tree?.type === "object") note(tree, "");
  return (key) => lines.get(key);
}

/** A program may compute its settings. Where the key is written exactly once, that is where it stands. */
function inProgram(text: string, key: string): number | undefined {
  const name = key.slice(key.lastIndexOf(".") + 1).replace(/[^\w$]/g, "\\$&");
  const found = [...text.matchAll(new RegExp(`(?<![\\w$.])["']?${name}["']?\\s*:`, "g"))];
  return found.length === 1 ? lineAt(text, found[0]!.index) : undefined;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
