// Copies what pages load from node_modules to ../static, with licences. Nothing is fetched when a page is opened.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";

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

take("@fontsource-variable/inter", "inter", [
  ["LICENSE", "LICENSE"],
  ["files/inter-latin-wght-normal.woff2", "latin.woff2"],
  ["files/inter-latin-ext-wght-normal.woff2", "latin-ext.woff2"],
]);
for (const name of readFileSync("icons.txt", "utf8").split("\n").filter(Boolean))
  cpSync(`node_modules/lucide-static/icons/${name}.svg`, `${icons}/${name}.svg`);
cpSync("node_modules/lucide-static/LICENSE", `${icons}/LICENSE`);
