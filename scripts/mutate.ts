/**
 * Mutation tests of the pure planners: `bun run mutate [word…]`, by hand; words choose among the targets.
 *
 * A planner is changed in one place, as a slip would change it, and its tests run. A change that no test notices says
 * what is not tested. Each process works on a copy of the project. StrykerJS is the tool for this, but version 10
 * needs Node 22 beside Bun, goes no further than its first run under Bun 1.4.5, and brings a hundred packages; for
 * five files the compiler that is here finds the places.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";

interface Target {
  readonly file: string;
  /** Functions that are changed; all of the file without. */
  readonly functions?: readonly string[];
  readonly tests: readonly string[];
}

const TARGETS: readonly Target[] = [
  { file: "src/ingest/plan.ts", tests: ["tests/unit/ingest/plan.test.ts"] },
  {
    file: "src/maintenance/doctor/plan.ts",
    tests: ["tests/unit/maintenance/doctor-decisions.test.ts"],
  },
  { file: "src/maintenance/rebuild/plan.ts", tests: ["tests/unit/maintenance/plans.test.ts"] },
  { file: "src/maintenance/reset/plan.ts", tests: ["tests/unit/maintenance/plans.test.ts"] },
  {
    file: "src/embedding/cache/evict.ts",
    functions: ["planEviction", "leastRecentlyUsed"],
    tests: ["tests/unit/embedding/eviction-plan.test.ts"],
  },
];

/** A change that makes the tests run for longer than this has made a loop without end, and is noticed. */
const TIMEOUT_MS = 60_000;

export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const OPERATORS: Readonly<Partial<Record<ts.SyntaxKind, readonly string[]>>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ["!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ["==="],
  [ts.SyntaxKind.LessThanToken]: ["<=", ">="],
  [ts.SyntaxKind.LessThanEqualsToken]: ["<", ">"],
  [ts.SyntaxKind.GreaterThanToken]: [">=", "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken]: [">", "<"],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ["||"],
  [ts.SyntaxKind.BarBarToken]: ["&&"],
  [ts.SyntaxKind.QuestionQuestionToken]: ["&&"],
  [ts.SyntaxKind.PlusToken]: ["-"],
  [ts.SyntaxKind.MinusToken]: ["+"],
  [ts.SyntaxKind.AsteriskToken]: ["/"],
  [ts.SyntaxKind.SlashToken]: ["*"],
};

const METHODS: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  min: "max",
  max: "min",
  startsWith: "endsWith",
  endsWith: "startsWith",
  ceil: "floor",
  floor: "ceil",
};

/** All changes of one place each, in the order of the text. */
export function mutantsOf(source: string, functions?: readonly string[]): Mutant[] {
  const tree = ts.createSourceFile("target.ts", source, ts.ScriptTarget.ESNext, true);
  const found: Mutant[] = [];
  const replace = (node: ts.Node, replacement: string): void => {
    found.push({ start: node.getStart(tree), end: node.getEnd(), replacement });
  };
  const visit = (node: ts.Node): void => {
    // What is written in types does not run.
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node)) return;
    mutate(node, replace);
    ts.forEachChild(node, visit);
  };
  for (const statement of tree.statements) {
    const name = ts.isFunctionDeclaration(statement) ? statement.name?.text : undefined;
    if (functions === undefined || (name !== undefined && functions.includes(name))) visit(statement);
  }
  return found.sort((a, b) => a.start - b.start);
}

function mutate(node: ts.Node, replace: (node: ts.Node, replacement: string) => void): void {
  if (ts.isBinaryExpression(node)) {
    for (const operator of OPERATORS[node.operatorToken.kind] ?? []) replace(node.operatorToken, operator);
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    replace(node, node.operand.getText());
  } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
    const condition = ts.isIfStatement(node) ? node.expression : node.condition;
    for (const always of ["true", "false"]) replace(condition, always);
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) replace(node, "false");
  else if (node.kind === ts.SyntaxKind.FalseKeyword) replace(node, "true");
  else if (ts.isNumericLiteral(node)) replace(node, `(${node.text} + 1)`);
  else if (ts.isStringLiteral(node) && node.text !== "") replace(node, '""');
  else if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) replace(node, "[]");
  else if (ts.isPropertyAccessExpression(node) && ts.isCallExpression(node.parent)) {
    const other = METHODS[node.name.text];
    if (other !== undefined) replace(node.name, other);
    // Without its filter a list has what should not be in it.
    if (node.name.text === "filter" && node.parent.expression === node)
      replace(node.parent, node.expression.getText());
  }
}

export function mutated(source: string, { start, end, replacement }: Mutant): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

const root = join(import.meta.dir, "..");

/** A copy to spoil, beside which the packages are. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "amalfa-mutate-"));
  for (const name of ["bin", "src", "tests", "scripts", "package.json", "tsconfig.json", "bunfig.toml"])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

async function passes(copy: string, tests: readonly string[]): Promise<boolean> {
  const args = ["test", "--bail", "--timeout=30000", ...tests];
  const child = Bun.spawn([process.execPath, ...args], {
    cwd: copy,
    stdio: ["ignore", "ignore", "ignore"],
    timeout: TIMEOUT_MS,
  });
  return (await child.exited) === 0;
}

/** Runs the tests on each mutant; answers those that no test noticed. */
async function survivors(
  { file, functions, tests }: Target,
  copies: readonly string[],
): Promise<{ total: number; lines: string[] }> {
  const source = readFileSync(join(root, file), "utf8");
  const mutants = mutantsOf(source, functions);
  const lines: string[] = [];
  let next = 0;
  const work = async (copy: string): Promise<void> => {
    if (!(await passes(copy, tests))) throw new Error(`the tests of ${file} fail as it is`);
    for (let mutant = mutants[next++]; mutant !== undefined; mutant = mutants[next++]) {
      writeFileSync(join(copy, file), mutated(source, mutant));
      if (await passes(copy, tests)) lines.push(describe(file, source, mutant));
    }
    writeFileSync(join(copy, file), source);
  };
  await Promise.all(copies.map(work));
  return { total: mutants.length, lines };
}

function describe(file: string, source: string, { start, end, replacement }: Mutant): string {
  const line = source.slice(0, start).split("\n").length;
  return `${file}:${line}  ${source.slice(start, end).replaceAll(/\s+/g, " ")}  →  ${replacement}`;
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const targets = TARGETS.filter(
    ({ file }) => words.length === 0 || words.some((word) => file.includes(word)),
  );
  const copies = Array.from({ length: availableParallelism() }, copyOfProject);
  try {
    let survived = 0;
    let all = 0;
    for (const target of targets) {
      const { total, lines } = await survivors(target, copies);
      for (const line of lines.sort()) console.log(line);
      console.log(`${target.file}: ${total - lines.length} of ${total} noticed`);
      survived += lines.length;
      all += total;
    }
    console.log(`\n${all - survived} noticed, ${survived} not`);
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
}
