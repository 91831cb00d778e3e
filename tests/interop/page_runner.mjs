// Answers for tests what the page's verify.js says: one JSON object a line in, one out. node page_runner.mjs VERIFY_JS

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { verify } = await import(pathToFileURL(process.argv[2]));
const bytes = (text) => (text === null ? null : new Uint8Array(Buffer.from(text, "base64")));
const plain = (_, value) => (typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value);

for await (const line of createInterface({ input: process.stdin })) {
  const { proof, policy, entry } = JSON.parse(line);
  const report = verify({ proof: bytes(proof), policy: bytes(policy), entry: bytes(entry) });
  const { verdict, isWitnessed, reason, steps, logs, witnesses, entry: said } = report;
  console.log(JSON.stringify({ verdict, isWitnessed, reason, steps, logs, witnesses, entry: said }, plain));
}
