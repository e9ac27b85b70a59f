// Comments of MDX, `{/* … */}`: what stands in them is neither text nor a link.
//
// Within one block the inline parser passes them over. One that contains blank lines is several blocks to a markdown
// parser; as in MDX, it then stands at the beginning of a block. A beginning without an end is no comment: somebody
// wrote a pattern.

/** Text of a block with inline markup. */
interface InlineText {
  readonly content: string;
  /** Where it begins, 1-based. */
  readonly line: number;
}

export const MDX_COMMENT_OPEN = "{/*";
export const MDX_COMMENT_CLOSE = "*/}";

/** Whether a text may be the beginning or the end of a comment that goes over several blocks. */
export function mayTouchMdxComment(content: string): boolean {
  return content.includes(MDX_COMMENT_OPEN) || content.includes(MDX_COMMENT_CLOSE);
}

/** The texts of a document, in order, that do not stand in a comment of several blocks. */
export function outsideMdxComments(texts: readonly InlineText[]): readonly InlineText[] {
  if (!texts.some(({ content }) => opensOnly(content))) return texts;
  const outside: InlineText[] = [];
  for (let place = 0; place < texts.length; place++) {
    const text = texts[place]!;
    const end = opensOnly(text.content) ? closing(texts, place + 1) : undefined;
    if (end === undefined) {
      outside.push(text);
      continue;
    }
    outside.push(afterComment(texts[end]!));
    place = end;
  }
  return outside;
}

function opensOnly(content: string): boolean {
  return content.startsWith(MDX_COMMENT_OPEN) && !content.includes(MDX_COMMENT_CLOSE);
}

/** Comments do not nest: where another one begins first, this one has no end. */
function closing(texts: readonly InlineText[], from: number): number | undefined {
  for (let place = from; place < texts.length; place++) {
    const { content } = texts[place]!;
    if (content.startsWith(MDX_COMMENT_OPEN)) return undefined;
    if (content.includes(MDX_COMMENT_CLOSE)) return place;
  }
  return undefined;
}

function afterComment({ content, line }: InlineText): InlineText {
  const end = content.indexOf(MDX_COMMENT_CLOSE) + MDX_COMMENT_CLOSE.length;
  return { content: content.slice(end), line: line + content.slice(0, end).split("\n").length - 1 };
}
