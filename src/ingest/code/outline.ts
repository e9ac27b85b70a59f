/**
 * From a syntax tree to the declarations that become passages.
 *
 * Only the tops of the tree are looked at, and what is inside of classes and modules; never the inside of a function.
 * A tree of broken code has errors in it, and the declarations that could be told all the same.
 */
import type { Node } from "web-tree-sitter";
import { FUNCTION_VALUES, type LanguageRules } from "./languages.ts";
import type { Declaration } from "./sections.ts";

/** Classes in classes in modules: deeper ones belong to what is around them. */
const DEEPEST = 6;

export function declarationsOf(root: Node, rules: LanguageRules): Declaration[] {
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

/** Of a method in Go, which does not stand in its type: `Parser.` of `func (p *Parser[T]) Next()`. */
function receiverOf(node: Node): string {
  const receiver = node.type === "method_declaration" ? node.childForFieldName("receiver") : null;
  const [, type = ""] = /([\p{L}_][\p{L}\p{N}_]*)\s*(?:\[[^\]]*\])?\s*\)$/u.exec(receiver?.text ?? "") ?? [];
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
