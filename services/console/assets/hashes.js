// Writes ../static/SHA384: what a test compares with the files, so that nobody changes vendored code by hand.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";

const root = "../static";
const walk = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
const lines = walk(root)
  .map((path) => path.slice(root.length + 1))
  .filter((path) => path === "console.css" || path.startsWith("vendor/") || path.startsWith("icons/"))
  .sort()
  .map((path) => `${createHash("sha384").update(readFileSync(`${root}/${path}`)).digest("base64")}  ${path}`);
writeFileSync(`${root}/SHA384`, lines.join("\n") + "\n");
