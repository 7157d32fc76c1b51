// Copies what pages load from node_modules to ../static, with licences. Nothing is fetched when a page is opened.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
const vendor = "../static/vendor", icons = "../static/icons";
rmSync(vendor, { recursive: true, force: true });
rmSync(icons, { recursive: true, force: true });
mkdirSync(icons, { recursive: true });

const take = (name, folder, files) => {
  const home = `${vendor}/${folder}-${versionOf(name)}`;
  mkdirSync(home, { recursive: true });
  for (const [from, to] of files) cpSync(`node_modules/${name}/${from}`, `${home}/${to}`);
};

take("htmx.org", "htmx", [["LICENSE", "LICENSE"], ["dist/htmx.min.js", "htmx.min.js"], ["dist/ext/hx-sse.min.js", "hx-sse.min.js"]]);
take("@fontsource-variable/inter", "inter", [
  ["LICENSE", "LICENSE"],
  ["files/inter-latin-wght-normal.woff2", "latin.woff2"],
  ["files/inter-latin-ext-wght-normal.woff2", "latin-ext.woff2"],
]);
for (const name of readFileSync("icons.txt", "utf8").split("\n").filter(Boolean))
  cpSync(`node_modules/lucide-static/icons/${name}.svg`, `${icons}/${name}.svg`);
cpSync("node_modules/lucide-static/LICENSE", `${icons}/LICENSE`);
// A source map's address would make browsers ask for what is not here.
for (const path of [`htmx-${versionOf("htmx.org")}/htmx.min.js`, `htmx-${versionOf("htmx.org")}/hx-sse.min.js`]) {
  const file = `${vendor}/${path}`;
  writeFileSync(file, readFileSync(file, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
}
