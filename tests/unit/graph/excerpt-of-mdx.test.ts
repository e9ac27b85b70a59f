import { expect, test } from "bun:test";
import { excerpt } from "../../../src/graph/search/shown/excerpt.ts";

const IMPORTS = `import Card from "~/components/Card.astro";\nimport {\n  Tabs,\n  TabItem,\n} from '@astrojs/starlight/components';\nexport const x = 1;\n\n`;

test.each([
  [`${IMPORTS}The text begins here.`, "The text begins here."],
  [
    `# Heading\n\n${IMPORTS}<Steps>\n<Card title="x" icon="y">\nThe text begins here.`,
    "The text begins here.",
  ],
  ["</Tabs>\n\n## Next\n\nThe text begins here.", "The text begins here."],
  ['<p>\n<Since v="2.1.0" />\n</p>\n\nThe text begins here.', "The text begins here."],
  ["{/* a note\nover lines */}\n\nThe text begins here.", "The text begins here."],
  ["export const meta = {\n  title: 'x',\n};\n\nThe text begins here.", "The text begins here."],
  [
    "export default function Layout({ children }) {\n  return <div>{children}</div>\n}\n\nThe text begins here.",
    "The text begins here.",
  ],
  [
    "export const Red = ({children}) => (\n  <b>\n    {children}\n  </b>\n);\n\nThe text begins here.",
    "The text begins here.",
  ],
  ["export { default } from './layout'\n\nThe text begins here.", "The text begins here."],
  ["<style>{`\n .a { color: red }\n`}</style>\n\nThe text begins here.", "The text begins here."],
  ["<script setup>\nimport X from './X.vue'\n</script>\n\nThe text begins here.", "The text begins here."],
  ["<>\n{frontmatter.title}\n\nThe text begins here.", "The text begins here."],
  ["export default settings to a file.\n\nThe text.", "The text."],
  ["{name} is the text.", "{name} is the text."],
  ["`{/* a */}` is text.", "`{/* a */}` is text."],
  ["Import the module from 'x' and go on.", "Import the module from 'x' and go on."],
  ["<!-- a note to whoever edits this -->", "<!-- a note to whoever edits this -->"],
  ["<br/>\n<br />", "<br/> <br />"],
  ["```jsx\nimport A from 'a';\n<Aside />\n```", "```jsx import A from 'a'; <Aside /> ```"],
])("imports and tags of components do not lead a snippet: %j", (text, shown) => {
  expect(excerpt(text, "text", 280)).toBe(shown);
});
