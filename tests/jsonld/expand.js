// Expands the JSON-LD documents on standard input, one a line, in safe mode, with the contexts
// of the W3C from its package and ours from the file given. Prints for each the number of
// values in the document and after expansion, and its RDF as N-Quads.
"use strict";
const fs = require("node:fs");
const jsonld = require("jsonld");
const { contexts } = require("@digitalbazaar/credentials-context");

const ours = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));

async function documentLoader(url) {
  const document = ours[url] ?? contexts.get(url);
  if (!document) throw new Error(`no context at ${url}`);
  return { document, documentUrl: url };
}

function values(node) {
  if (node === null) return 0;
  if (Array.isArray(node)) return node.reduce((sum, each) => sum + values(each), 0);
  if (typeof node !== "object") return 1;
  if ("@value" in node) return 1;
  return Object.entries(node)
    .filter(([name]) => name !== "@context")
    .reduce((sum, [, each]) => sum + values(each), 0);
}

async function main() {
  for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const document = JSON.parse(line);
    const options = { documentLoader, safe: true };
    const expanded = await jsonld.expand(document, options);
    const quads = await jsonld.toRDF(document, { ...options, format: "application/n-quads" });
    console.log(JSON.stringify({ before: values(document), after: values(expanded), quads }));
  }
}

main().catch((error) => {
  console.error(`${error.name}: ${error.message} ${JSON.stringify(error.details ?? {})}`);
  process.exit(1);
});
