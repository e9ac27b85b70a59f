/**
 * Questions about the Rust book with one answer each, and how what an agent has read shows that it holds the answer.
 * They were written with the book at hand, before either way of answering was tried with them, and are not what weights
 * were chosen by.
 */
export interface AgentQuestion {
  readonly question: string;
  readonly answer: RegExp;
}

export const AGENT_QUESTIONS: readonly AgentQuestion[] = [
  { question: "How do I update Rust to the newest version?", answer: /rustup update/ },
  { question: "How do I remove Rust from my machine again?", answer: /rustup self uninstall/ },
  { question: "How do I see whether code compiles without building a program?", answer: /cargo check/ },
  {
    question: "Which type does an integer have if I say nothing?",
    answer: /default to\s+`i32`|defaults? to `i32`/,
  },
  { question: "How can arithmetic wrap around on overflow on purpose?", answer: /wrapping_/ },
  { question: "How are constants named by convention?", answer: /all uppercase with underscores/i },
  { question: "How do I get a backtrace when my program panics?", answer: /RUST_BACKTRACE=/ },
  { question: "How do I have a panic abort at once instead of unwinding?", answer: /panic = 'abort'/ },
  { question: "Which hashing function does the hash map use by default?", answer: /SipHash/ },
  {
    question: "What is it called when generic code is expanded for each concrete type?",
    answer: /monomorphization/i,
  },
  { question: "Why can I not implement a foreign trait for a foreign type?", answer: /orphan rule/ },
  { question: "When may lifetimes be left out of a function's signature?", answer: /lifetime elision/i },
  { question: "How do I test that a function panics?", answer: /#\[should_panic/ },
  { question: "How do I run tests one after the other instead of in parallel?", answer: /--test-threads=1/ },
  { question: "How do I leave a slow test out unless I ask for it?", answer: /#\[ignore\]/ },
  { question: "How do I print error messages to standard error?", answer: /eprintln!/ },
  { question: "How do I withdraw a published version of a crate?", answer: /cargo yank/ },
  { question: "What level of optimization does a release build have by default?", answer: /opt-level = 3/ },
  { question: "How do threads send messages to each other?", answer: /mpsc::channel/ },
  { question: "What is a pattern called that can never fail to match?", answer: /irrefutable/ },
  {
    question: "What can be done in unsafe code that safe code cannot do?",
    answer: /dereference a raw pointer/i,
  },
  {
    question: "What is the type called that has no values, and functions have that never return?",
    answer: /never type/i,
  },
  { question: "How is code formatted automatically?", answer: /rustfmt|cargo fmt/ },
  { question: "Which tool finds common mistakes and improves my code?", answer: /clippy/i },
  { question: "How many owners can a value have at a time?", answer: /only be one owner/i },
  {
    question: "How many mutable references to a value may there be at once?",
    answer: /no other references to that value|only one mutable reference/i,
  },
  { question: "How do I share ownership of a value between threads?", answer: /Arc<T>/ },
  { question: "Which smart pointer checks borrowing rules at run time?", answer: /RefCell<T>/ },
  {
    question: "How do I make a reference that does not own, to avoid a cycle?",
    answer: /Weak<T>|Rc::downgrade/,
  },
  { question: "How do I install a program from crates.io?", answer: /cargo install/ },
];
