/**
 * Questions about the Rust book, as somebody would ask who has not read it and does not know its terms.
 *
 * All were written before any search was tried with them. The expected documents are those whose subject the question
 * is; where two chapters treat it, both count. The ten that a test relies on were picked afterwards, among those that
 * are found with a margin.
 */

export interface RustBookQuestion {
  readonly question: string;
  /** File names in the book's `src` folder, each of which answers the question. */
  readonly answers: readonly string[];
}

/** Ten that share few words or none with the chapter meant; a test holds the search to them. */
export const TEN_QUESTIONS: readonly RustBookQuestion[] = [
  {
    question: "lend somebody an object without giving it away",
    answers: ["ch04-02-references-and-borrowing.md"],
  },
  {
    question: "the application hits a fatal bug and gives up",
    answers: ["ch09-01-unrecoverable-errors-with-panic.md"],
  },
  { question: "interfaces, as in Java", answers: ["ch10-02-traits.md", "ch18-02-trait-objects.md"] },
  { question: "set up the compiler on my laptop", answers: ["ch01-01-installation.md"] },
  { question: "share my code with the rest of the world", answers: ["ch14-02-publishing-to-crates-io.md"] },
  {
    question: "verify automatically that code behaves",
    answers: ["ch11-01-writing-tests.md", "ch11-00-testing.md"],
  },
  {
    question: "complete pending jobs before the site goes offline",
    answers: ["ch21-03-graceful-shutdown-and-cleanup.md"],
  },
  { question: "one repository for many related libraries", answers: ["ch14-03-cargo-workspaces.md"] },
  { question: "do something again and again", answers: ["ch03-05-control-flow.md"] },
  { question: "leave notes for other developers in the source", answers: ["ch03-04-comments.md"] },
];

/** All: what weights are chosen by. */
export const RUST_BOOK_QUESTIONS: readonly RustBookQuestion[] = [
  ...TEN_QUESTIONS,
  {
    question: "stop two workers from scribbling over the same memory at once",
    answers: ["ch16-03-shared-state.md"],
  },
  {
    question: "let the caller cope with a failed operation",
    answers: ["ch09-02-recoverable-errors-with-result.md"],
  },
  {
    question: "write an algorithm once for many kinds of input",
    answers: ["ch10-00-generics.md", "ch10-01-syntax.md"],
  },
  { question: "how long does a pointer stay good", answers: ["ch10-03-lifetime-syntax.md"] },
  { question: "dictionary that looks things up by name", answers: ["ch08-03-hash-maps.md"] },
  { question: "resizable array", answers: ["ch08-01-vectors.md"] },
  {
    question: "why can I not fetch the third letter of a sentence by position",
    answers: ["ch08-02-strings.md"],
  },
  { question: "lambda expressions that remember their surroundings", answers: ["ch13-01-closures.md"] },
  { question: "pass work between processes through a pipe", answers: ["ch16-02-message-passing.md"] },
  {
    question: "several places keep the same object alive, and it is freed after the last one",
    answers: ["ch15-04-rc.md"],
  },
  {
    question: "two objects hold on to each other and are never freed",
    answers: ["ch15-06-reference-cycles.md"],
  },
  { question: "destructor that runs when an object dies", answers: ["ch15-03-drop.md"] },
  {
    question: "bypass the compiler's protection and poke at raw addresses",
    answers: ["ch20-01-unsafe-rust.md"],
  },
  { question: "programs that generate programs", answers: ["ch20-05-macros.md"] },
  { question: "subclasses and inheritance", answers: ["ch18-01-what-is-oo.md"] },
  {
    question: "modify something that looks read-only from outside",
    answers: ["ch15-05-interior-mutability.md"],
  },
  {
    question: "complain on the diagnostic channel and keep normal output clean",
    answers: ["ch12-06-writing-to-stderr-instead-of-stdout.md"],
  },
  {
    question: "configure a tool through the shell's exported settings",
    answers: ["ch12-05-working-with-environment-variables.md"],
  },
  { question: "a field that may be empty, without null", answers: ["ch06-01-defining-an-enum.md"] },
  {
    question: "make the binary faster or smaller when building it for customers",
    answers: ["ch14-01-release-profiles.md"],
  },
  { question: "recursive type whose size the compiler cannot know", answers: ["ch15-01-box.md"] },
  {
    question: "download a page and a timer, whichever comes back first",
    answers: ["ch17-01-futures-and-syntax.md", "ch17-03-more-futures.md"],
  },
];
