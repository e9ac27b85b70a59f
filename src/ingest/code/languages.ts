/** The languages whose functions and classes are told apart, and what declares them in each grammar. */
import { extname } from "node:path";

/** Also the name of the grammar's file. */
export type Language = "typescript" | "tsx" | "javascript" | "python" | "go" | "rust";

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  ".ts": "typescript",
  ".mts": "typescript",
  ".cts": "typescript",
  ".tsx": "tsx",
  ".js": "javascript",
  ".mjs": "javascript",
  ".cjs": "javascript",
  ".jsx": "javascript",
  ".py": "python",
  ".pyi": "python",
  ".go": "go",
  ".rs": "rust",
};

/** @param name of a file for which `isCode` holds */
export function languageOf(name: string): Language | undefined {
  return BY_EXTENSION[extname(name).toLowerCase()];
}

/** What a kind of node in a grammar is. */
export interface Declares {
  /** The field that holds its name. */
  readonly name: string;
  /** The field whose declarations are chunks of their own, as the methods of a class are. */
  readonly members?: string;
}

export interface LanguageRules {
  readonly declares: Readonly<Record<string, Declares>>;
  /** Nodes that stand around a declaration: an `export`, a decorator. Their field or the child that holds it. */
  readonly wrappers: readonly string[];
  /** What may stand right above a declaration and belongs to it. */
  readonly above: readonly string[];
  /**
   * What names a function or class by giving it to a variable or a field; the node in it that does so, if not itself.
   */
  readonly assigns: Readonly<Record<string, string>>;
}

const NAMED: Declares = { name: "name" };
const WITH_BODY: Declares = { name: "name", members: "body" };

const SCRIPT: LanguageRules = {
  declares: {
    function_declaration: NAMED,
    generator_function_declaration: NAMED,
    function_signature: NAMED,
    class_declaration: WITH_BODY,
    abstract_class_declaration: WITH_BODY,
    interface_declaration: NAMED,
    type_alias_declaration: NAMED,
    enum_declaration: NAMED,
    internal_module: WITH_BODY,
    module: WITH_BODY,
    method_definition: NAMED,
    method_signature: NAMED,
    abstract_method_signature: NAMED,
  },
  wrappers: ["export_statement", "ambient_declaration", "expression_statement"],
  above: ["comment", "decorator"],
  assigns: {
    lexical_declaration: "variable_declarator",
    variable_declaration: "variable_declarator",
    assignment_expression: "",
    public_field_definition: "",
    field_definition: "",
  },
};

/** Values of a variable or a field that make it a function or a class. */
export const FUNCTION_VALUES: ReadonlySet<string> = new Set([
  ...["arrow_function", "function_expression", "generator_function", "function", "class"],
]);

export const RULES: Readonly<Record<Language, LanguageRules>> = {
  typescript: SCRIPT,
  tsx: SCRIPT,
  javascript: SCRIPT,
  python: {
    declares: { function_definition: NAMED, class_definition: WITH_BODY },
    wrappers: ["decorated_definition"],
    above: ["comment"],
    assigns: {},
  },
  go: {
    declares: { function_declaration: NAMED, method_declaration: NAMED, type_spec: NAMED, type_alias: NAMED },
    wrappers: ["type_declaration"],
    above: ["comment"],
    assigns: {},
  },
  rust: {
    declares: {
      function_item: NAMED,
      function_signature_item: NAMED,
      struct_item: NAMED,
      enum_item: NAMED,
      union_item: NAMED,
      type_item: NAMED,
      macro_definition: NAMED,
      trait_item: WITH_BODY,
      impl_item: { name: "type", members: "body" },
      mod_item: WITH_BODY,
    },
    wrappers: [],
    above: ["line_comment", "block_comment", "attribute_item"],
    assigns: {},
  },
};
