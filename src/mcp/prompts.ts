/** Prompts: what people ask an agent for, with the calls that answer it well and cost little. */
import { AmalfaError, startOf } from "../system/index.ts";

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** What the user is taken to say. */
  readonly text: (given: Readonly<Record<string, string>>) => string;
}

const topic = (description: string): PromptArgument => ({ name: "topic", description, required: true });

export const PROMPTS: readonly Prompt[] = [
  {
    name: "recall",
    title: "Recall",
    description: "Find in the notes what bears on a task, and go on from there.",
    arguments: [topic("The task or question at hand.")],
    text: ({ topic: asked = "" }) =>
      `Before you begin, recall from this project's notes what bears on this: ${quoted(asked)}

1. Call search_documents with that as the query and a budget of 1500.
   If the confidence is below 0.3, try once more in other words.
2. Read with read_documents what was left out and matters.
3. Say in a few sentences what the notes decide, warn of or leave open, each with the id and the lines it stands in.
   Where they say nothing, say so.
Then go on with the task.`,
  },
  {
    name: "what-do-we-know-about",
    title: "What do we know about …",
    description: "Put together all that the notes say of a subject, with sources.",
    arguments: [topic("The subject.")],
    text: ({ topic: asked = "" }) =>
      `What do this project's notes say about ${quoted(asked)}?

1. Call search_documents with a budget of 3000, and again with other words for the subject.
2. Call explore_links on the two or three best documents, and read with read_documents what belongs to it.
3. Answer in three parts: what is settled, what has changed over time (recent_changes tells what is new),
   what is open or contradicts itself. Name after each statement the id and the lines it comes from,
   and add nothing that no note says.`,
  },
  {
    name: "review-gaps",
    title: "Review gaps",
    description: "Find notes that belong together and are not linked, and propose links.",
    arguments: [{ name: "limit", description: "Pairs to look at; 10 by default.", required: false }],
    text: ({ limit = "10" }) =>
      `Review the gaps in this project's notes.

1. Call find_gaps with a limit of ${wholeNumber(limit)}.
2. Read both documents of each pair with read_documents, within a budget of 2000 a pair.
3. Judge each pair: a link is missing, they are duplicates to be merged, or they are merely alike.
   Propose for each missing link the sentence and the place for it. Change no file before I agree.`,
  },
];

/** Throws `arguments.invalid` for a prompt that there is not, and for arguments that it does not take. */
export function promptText(
  name: string,
  given: Readonly<Record<string, string>> = {},
): { prompt: Prompt; text: string } {
  const prompt = PROMPTS.find((each) => each.name === name);
  if (prompt === undefined) {
    const names = PROMPTS.map((each) => each.name).join(", ");
    throw new AmalfaError(
      "arguments.invalid",
      `There is no prompt "${startOf(name, 100)}". The prompts are ${names}.`,
    );
  }
  const missing = prompt.arguments.find(
    ({ name: each, required }) => required && (given[each] ?? "").trim() === "",
  );
  if (missing !== undefined)
    throw new AmalfaError("arguments.invalid", `The prompt ${name} needs the argument ${missing.name}.`);
  return { prompt, text: prompt.text(given) };
}

/** What a user has written is one thing in the sentence around it. */
function quoted(text: string): string {
  return JSON.stringify(startOf(text.trim(), 2_000));
}

function wholeNumber(text: string): number {
  const number = Math.floor(Number(text));
  return number >= 1 && number <= 100 ? number : 10;
}
