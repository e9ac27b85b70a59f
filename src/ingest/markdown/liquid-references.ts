/**
 * Links that a template language writes, as Jekyll's Liquid does: `[a]({% link docs/a.md %})`,
 * `[a]({{ '/docs/a' | relative_url }})`, `[a]({{ site.baseurl }}/docs/a)`, `{% post_url 2024-01-31-a %}`. To CommonMark
 * a destination with blanks is text.
 */

const PIECE = String.raw`\{\{(?![<%])[^{}\n]{1,300}\}\}|\{%[^{}%\n]{1,300}%\}`;
const PLAIN = String.raw`[^\s(){}]{0,300}`;

/** A link whose destination begins with what a template fills in. */
export const LIQUID_LINK = new RegExp(
  String.raw`(!?)\[([^[\]\n]{0,1000})\]\(\s*(${PLAIN}(?:${PIECE}){1,2}${PLAIN})(?:\s+"[^"\n]{0,300}")?\s*\)`,
  "iy",
);

const LINK = /\{%-?\s*link\s+([^\s%]+)\s*-?%\}/;
const ADDRESS =
  /\{\{-?\s*(["'])([^"'{}]*)\1\s*\|\s*(?:relative_url|absolute_url|url|prepend:\s*site\.(?:baseurl|url))\b[^{}]*\}\}/;
const POST = /\{%-?\s*post_url\s+(?:[^\s%]*\/)?([^\s%/]+)\s*-?%\}/;

/** What a destination means, from the root of the site, or the name of a post; as it is where it says no more. */
export function liquidTarget(destination: string): {
  readonly target: string;
  readonly kind: "address" | "name";
} {
  const post = POST.exec(destination);
  if (post !== null) {
    const behind = destination.slice(post.index + post[0].length);
    return { target: post[1]! + (behind.startsWith("#") ? behind : ""), kind: "name" };
  }
  const rooted = (path: string): string => (path.startsWith("/") ? path : `/${path}`);
  const target = destination
    .replace(LINK, (_, path: string) => rooted(path))
    .replace(ADDRESS, (_, _quote, path: string) => rooted(path));
  return { target, kind: "address" };
}
