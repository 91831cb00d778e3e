// What an entry says, for a person to read. Nothing here decides whether it is in the log.

import { decodeUtf8, visible } from "./words.js";

const MAX_DEPTH = 64;
const MAX_SHOWN = 200_000; // characters
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

// Read an entry's bytes. `fields` is null unless they are JSON in its one form (RFC 8785), so that nothing is shown
// that another reader would read otherwise: no name given twice, no number rounded.
export function readEntry(content) {
  const text = decodeUtf8(content);
  const fields = text === null ? null : canonical(text);
  const isRecord = fields !== null && typeof fields === "object" && !Array.isArray(fields);
  return {
    fields,
    shown: shorten(fields === null ? raw(content, text) : visible(JSON.stringify(fields, null, 2))),
    kind: isRecord ? word(fields, "kind") : null,
    subject: isRecord ? word(fields, "subject") : null,
    id: isRecord ? word(fields, "id") : null,
    instants: isRecord ? [...instants(fields, "", 0)] : [],
    sealed: isRecord ? sealed(fields) : [],
  };
}

function canonical(text) {
  try {
    const value = JSON.parse(text);
    return write(value, 0) === text ? value : null;
  } catch {
    return null; // no JSON, or nested too deep
  }
}

// JSON as RFC 8785 writes it: names sorted by UTF-16 units, no spaces, numbers as ECMAScript prints them.
function write(value, depth) {
  if (depth > MAX_DEPTH) throw new RangeError("nested too deep");
  if (Array.isArray(value)) return `[${value.map((one) => write(one, depth + 1)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${write(value[name], depth + 1)}`);
  return `{${members.join(",")}}`;
}

const word = (fields, name) => (typeof own(fields, name) === "string" ? fields[name] : null);
const own = (fields, name) => (Object.hasOwn(fields, name) ? fields[name] : undefined);

// Every member that holds an instant, by its path.
function* instants(fields, path, depth) {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string" && INSTANT.test(value)) yield { path: path + name, value };
    else if (value !== null && typeof value === "object") yield* instants(value, `${path}${name}.`, depth + 1);
  }
}

function sealed(fields) {
  const found = own(fields, "sealed");
  return found !== null && typeof found === "object" && !Array.isArray(found) ? Object.keys(found) : [];
}

function raw(content, text) {
  if (text !== null && !/[\0-\x08\x0b-\x1f]/.test(text)) return text.split("\n").map(visible).join("\n");
  return Array.from(content.subarray(0, 512), (one) => one.toString(16).padStart(2, "0")).join(" ");
}

const shorten = (text) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
