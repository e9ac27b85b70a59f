/**
 * Grammars, and taking code apart with them. Loads tree-sitter.
 *
 * A parser for any text must not cost any time: for hostile input it takes longer than in proportion to its length. The
 * bounds are in characters and in the parser's own steps, never in time, so that a file gives the same passages on a
 * slow machine, in any thread, whatever else is going on.
 */
import { Language as Grammar, Parser } from "web-tree-sitter";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { type Language, RULES } from "./languages.ts";
import { declarationsOf } from "./outline.ts";
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
      `The grammar of ${language} cannot be loaded: ${messageOf(error)}.`,
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
