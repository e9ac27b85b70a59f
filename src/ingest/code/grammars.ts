/**
 * Grammars, and taking code apart with them. Loads tree-sitter.
 *
 * A parser for any text must not cost any time: for hostile input it takes longer than in proportion to its length. The
 * bounds are in characters and in the parser's own steps, never in time, so that a file gives the same chunks on a
 * slow machine, in any thread, whatever else is going on.
 */

import { Language as Grammar, type Node, Parser } from "web-tree-sitter";
import { AmalfaError, clauseOf } from "../../system/index.ts";
import { FUNCTION_VALUES, type Language, type LanguageRules, RULES } from "./languages.ts";
import type { FindDeclarations } from "./parse.ts";
import type { Declaration } from "./sections.ts";

/** What is longer was not written by hand, and is cut along its blank lines. */
const MOST_CHARACTERS = 256 * 1024;
/** How often the parser may report that it goes on: about eight times a thousand characters of plain code. */
const STEPS_PER_CHARACTER = 0.025;
const LEAST_STEPS = 500;

const grammars = new Map<Language, Promise<Grammar>>();
let started: Promise<void> | undefined;

/** Loads grammars, and answers what finds the declarations of these languages. */
export async function loadGrammars(languages: Iterable<Language>): Promise<FindDeclarations> {
  const loaded = new Map<Language, Grammar>();
  for (const language of languages) {
    if (!grammars.has(language)) grammars.set(language, loadGrammar(language));
    loaded.set(language, await grammars.get(language)!);
  }
  return (language, text) => {
    const grammar = loaded.get(language);
    if (grammar === undefined) throw new Error(`The grammar of ${language} was not loaded.`);
    return text.length > MOST_CHARACTERS ? undefined : declarationsWith(grammar, language, text);
  };
}

async function loadGrammar(language: Language): Promise<Grammar> {
  try {
    started ??= Parser.init();
    await started;
    const file = import.meta.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${language}.wasm`);
    return await Grammar.load(Bun.fileURLToPath(file));
  } catch (error) {
    throw new AmalfaError(
      "code.grammar",
      `The grammar of ${language} cannot be loaded: ${clauseOf(error)}.`,
      {
        cause: error,
      },
    );
  }
}

function declarationsWith(grammar: Grammar, language: Language, text: string): Declaration[] | undefined {
  try {
    const parser = new Parser().setLanguage(grammar);
    let stepsLeft = LEAST_STEPS + text.length * STEPS_PER_CHARACTER;
    const tree = parser.parse(text, null, { progressCallback: () => --stepsLeft < 0 });
    const declarations = tree === null ? undefined : declarationsOf(tree.rootNode, RULES[language]);
    tree?.delete();
    parser.delete();
    return declarations;
  } catch (error) {
    // Out of memory or of depth; the text is then cut along its lines, and what holds memory is not touched again.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/*
 * From a syntax tree to the declarations that become chunks.
 *
 * Only the tops of the tree are looked at, and what is inside of classes and modules; never the inside of a function.
 * A tree of broken code has errors in it, and the declarations that could be told all the same.
 */

/** Classes in classes in modules: deeper ones belong to what is around them. */
const DEEPEST = 6;

function declarationsOf(root: Node, rules: LanguageRules): Declaration[] {
  return declarationsIn(root, rules, 0);
}

function declarationsIn(parent: Node, rules: LanguageRules, depth: number): Declaration[] {
  const found: Declaration[] = [];
  /** Where the comments and attributes begin that stand right above the next node. */
  let above: number | undefined;
  let aboveEnd = -1;
  for (const child of parent.namedChildren) {
    if (child === null) continue;
    const { row } = child.startPosition;
    if (rules.above.includes(child.type)) {
      // Behind code on its own line it is about that.
      const trails = found.at(-1)?.endLine === row + 1;
      if (trails) continue;
      if (above === undefined || row > aboveEnd + 1) above = row;
      aboveEnd = lastRow(child);
      continue;
    }
    const declared = declarationAt(child, rules, depth);
    if (declared !== undefined) {
      const first = above !== undefined && row <= aboveEnd + 1 ? above : row;
      found.push({ ...declared, startLine: first + 1 });
    }
    above = undefined;
  }
  return found;
}

function declarationAt(node: Node, rules: LanguageRules, depth: number): Declaration | undefined {
  const inner = unwrapped(node, rules);
  const named = nameOf(inner, rules);
  if (named === undefined) return undefined;
  const { name, holder } = named;
  const members = holder.type === "class" ? "body" : rules.declares[holder.type]?.members;
  const body = members === undefined || depth >= DEEPEST ? null : holder.childForFieldName(members);
  return {
    name,
    startLine: node.startPosition.row + 1,
    nameLine: named.row + 1,
    endLine: lastRow(node) + 1,
    members: body === null ? [] : declarationsIn(body, rules, depth + 1),
  };
}

/** Out of an `export`, a decorator, and so on. */
function unwrapped(node: Node, rules: LanguageRules): Node {
  let inner = node;
  for (let step = 0; step < 3 && rules.wrappers.includes(inner.type); step++) {
    const within = inner.namedChildren.find(
      (child) => child !== null && (isDeclaring(child, rules) || rules.wrappers.includes(child.type)),
    );
    if (within === undefined || within === null) break;
    inner = within;
  }
  return inner;
}

function isDeclaring({ type }: Node, rules: LanguageRules): boolean {
  return Object.hasOwn(rules.declares, type) || Object.hasOwn(rules.assigns, type);
}

interface Named {
  readonly name: string;
  readonly row: number;
  /** The node that has the members. */
  readonly holder: Node;
}

function nameOf(node: Node, rules: LanguageRules): Named | undefined {
  if (Object.hasOwn(rules.declares, node.type)) {
    const field = node.childForFieldName(rules.declares[node.type]!.name);
    if (field === null) return undefined;
    return {
      name: `${receiverOf(node)}${nameText(node, field)}`,
      row: field.startPosition.row,
      holder: node,
    };
  }
  const exported = node.type === "export_statement" ? node.childForFieldName("value") : null;
  if (exported !== null && FUNCTION_VALUES.has(exported.type)) {
    return { name: "default", row: exported.startPosition.row, holder: exported };
  }
  const declarator = rules.assigns[node.type];
  if (declarator === undefined) return undefined;
  const assigned = declarator === "" ? node : node.namedChildren.find((child) => child?.type === declarator);
  const [value, field] = VALUE_AND_NAME.map((names) => firstField(assigned, names));
  if (!value || !field || !FUNCTION_VALUES.has(value.type)) return undefined;
  return { name: shortened(field.text), row: field.startPosition.row, holder: value };
}

/** Of a variable, of a field in either of two grammars, and of an assignment. */
const VALUE_AND_NAME = [
  ["value", "right"],
  ["name", "property", "left"],
] as const;

function firstField(node: Node | null | undefined, names: readonly string[]): Node | undefined {
  for (const name of names) {
    const field = node?.childForFieldName(name);
    if (field) return field;
  }
  return undefined;
}

/** `impl Display for Parser` is called so, since a type has several of them. */
function nameText(node: Node, field: Node): string {
  const trait = node.type === "impl_item" ? node.childForFieldName("trait") : null;
  return shortened(trait === null ? field.text : `${trait.text} for ${field.text}`);
}

const RECEIVED = /(?<![\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_]*)\s*(?:\[[^\]]*\]\s*)?\)$/u;

/** Of a method in Go, which does not stand in its type: `Parser.` of `func (p *Parser[T]) Next()`. */
function receiverOf(node: Node): string {
  const receiver = node.type === "method_declaration" ? node.childForFieldName("receiver") : null;
  const [, type = ""] = RECEIVED.exec(receiver?.text ?? "") ?? [];
  return type === "" ? "" : `${type}.`;
}

/** A name computed at run time may be an expression of any length. */
const LONGEST_NAME = 120;

function shortened(name: string): string {
  return name.slice(0, LONGEST_NAME).replace(/\s+/g, " ");
}

/** Some grammars count the line end as part of a comment. */
function lastRow({ startPosition, endPosition }: Node): number {
  return endPosition.column === 0 && endPosition.row > startPosition.row
    ? endPosition.row - 1
    : endPosition.row;
}
