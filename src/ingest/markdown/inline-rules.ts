/** Rules of the inline parser for links that CommonMark takes for text. */
import type { Env, StateInline } from "markdown-it";
import { ROLE } from "./directives.ts";
import { MDX_COMMENT_CLOSE, MDX_COMMENT_OPEN } from "./mdx.ts";
import { type FoundLink, shown, splitAnchor } from "./references.ts";
import { HUGO_REFERENCE, hugoReferenceAt, LIQUID_LINK, liquidTarget } from "./template-links.ts";

const BRACE = 0x7b;

export type InlineRule = (state: StateInline, silent: boolean) => boolean;

/** Keeps a link for whoever runs the parser. */
export function note(env: Env, link: FoundLink): void {
  (env.found as FoundLink[]).push(link);
}

/** What CommonMark takes for text: a name with blanks in it, and the size that some editors write behind it. */
const LOOSE_LINK = new RegExp(
  [
    String.raw`!?\[([^[\]\n]{0,1000})\]\(\s*<?(`,
    String.raw`(?:(?:[^<>()\n]|\([^<>()\n]{0,200}\)){0,1000}?\.(?:md|markdown|mdown|mkd|mdx)(?:#[^<>()\n=]{0,500})?)`,
    String.raw`|[^<>()\s]{1,1000}(?=>?\s+=)`,
    String.raw`)>?(?:\s+=[\dx%.]{1,20})?\s*\)`,
  ].join(""),
  "iy",
);

export function looseLinkRule(state: StateInline, silent: boolean): boolean {
  LOOSE_LINK.lastIndex = state.pos;
  const [whole, text = "", target = ""] = LOOSE_LINK.exec(state.src) ?? [];
  if (whole === undefined || state.pos + whole.length > state.posMax) return false;
  if (!silent) {
    const isImage = whole.startsWith("!");
    const offset = state.pos;
    note(state.env, isImage ? shown(target, offset) : { type: "link", ...splitAnchor(target), offset, text });
    state.pending += text;
  }
  state.pos += whole.length;
  return true;
}

export function liquidLinkRule(state: StateInline, silent: boolean): boolean {
  LIQUID_LINK.lastIndex = state.pos;
  const [whole, bang, text = "", destination = ""] = LIQUID_LINK.exec(state.src) ?? [];
  if (whole === undefined || state.pos + whole.length > state.posMax) return false;
  if (!silent) {
    const offset = state.pos;
    const { target, kind } = liquidTarget(destination);
    const type = kind === "name" ? HUGO_REFERENCE : "link";
    note(state.env, bang === "!" ? shown(target, offset) : { type, ...splitAnchor(target), offset, text });
    state.pending += text;
  }
  state.pos += whole.length;
  return true;
}

export function mdxCommentRule(state: StateInline): boolean {
  const { src, pos, posMax } = state;
  if (!src.startsWith(MDX_COMMENT_OPEN, pos)) return false;
  const close = src.indexOf(MDX_COMMENT_CLOSE, pos + MDX_COMMENT_OPEN.length);
  if (close < 0 || close + MDX_COMMENT_CLOSE.length > posMax) return false;
  state.pos = close + MDX_COMMENT_CLOSE.length;
  return true;
}

export function hugoReferenceRule(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  if (src.charCodeAt(pos) !== BRACE) return false;
  const found = hugoReferenceAt(src, pos);
  if (found === undefined || pos + found.length > posMax) return false;
  if (!silent) for (const link of found.links) note(state.env, link);
  state.pos += found.length;
  return true;
}

export function roleRule(state: StateInline, silent: boolean): boolean {
  if (state.src.charCodeAt(state.pos) !== BRACE) return false;
  ROLE.lastIndex = state.pos;
  const [whole, text = "", labelled, alone = ""] = ROLE.exec(state.src) ?? [];
  if (whole === undefined || state.pos + whole.length > state.posMax) return false;
  if (!silent) {
    const target = (labelled ?? alone).trim();
    const label = text.trim() === "" ? target : text.trim();
    note(state.env, { type: HUGO_REFERENCE, ...splitAnchor(target), offset: state.pos, text: label });
    state.pending += label;
  }
  state.pos += whole.length;
  return true;
}
