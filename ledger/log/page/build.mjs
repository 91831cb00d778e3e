// Makes verify.html, one file that needs nothing else: npm ci --ignore-scripts && node build.mjs [OUT]
// The same sources and the same packages make the same bytes; tests/interop/test_page.py holds the committed file to it.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const read = (...path) => readFileSync(join(here, ...path), "utf8");
const digest = (algorithm, text, encoding) => createHash(algorithm).update(text).digest(encoding);

const script = await bundle("page.js");
const style = (await bundle("page.css")).text.trim();
const code = script.text.trim();
if (/<\/script|<!--/i.test(code) || /<\/style/i.test(style)) throw new Error("the page's own text would end its element");

const values = {
  STYLE: style,
  SCRIPT: code,
  STYLE_HASH: digest("sha256", style, "base64"),
  SCRIPT_HASH: digest("sha256", code, "base64"),
  SOURCES: sources(),
  LICENCES: licences(script.packages),
};
const page = read("src", "page.html").replace(/\{\{([A-Z_]+)\}\}/g, (_, name) => values[name]);
writeFileSync(process.argv[2] ?? join(here, "verify.html"), page);

async function bundle(name) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: here,
    entryPoints: [`src/${name}`],
    bundle: true,
    minify: true,
    write: false,
    outdir: "out",
    metafile: true,
    format: "iife",
    target: ["chrome100", "firefox100", "safari15.4"],
    charset: "utf8",
    legalComments: "none", // the notices stand in the page, where a person finds them
    logLevel: "warning",
  });
  const inputs = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return { text: outputFiles[0].text, packages: [...new Set(inputs)].filter(Boolean).sort() };
}

// One digest over everything the page is made from, so that a stale page is noticed without node.
function sources() {
  const files = ["build.mjs", "package-lock.json", "package.json", ...readdirSync(join(here, "src")).map((name) => `src/${name}`)].sort();
  return digest("sha256", files.map((name) => `${name} ${digest("sha256", read(name), "hex")}\n`).join(""), "hex");
}

// Who wrote what is inside: each package with its copyright lines, and the licence they share, once.
function licences(packages) {
  const bodies = new Set();
  const credits = packages.map((name) => {
    const text = read("node_modules", name, "LICENSE").trim();
    bodies.add(text.slice(text.indexOf("Permission is")));
    const { version } = JSON.parse(read("node_modules", name, "package.json"));
    return `${name} ${version}: ${text.match(/^Copyright.*$/gm).join("; ")}`;
  });
  if (bodies.size !== 1) throw new Error("the packages no longer share one licence");
  const escape = (text) => text.replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one]);
  return escape(`${credits.join("\n")}\n\nThe MIT License (MIT)\n\n${[...bodies][0]}`);
}
