// The strict words that the lines of C2SP texts are made of, and how this page says no.
// One form for every value, so that what was verified is what was read.

import { sha256 } from "@noble/hashes/sha2.js";

export const HASH_BYTES = 32;
export const BELOW = 2n ** 63n; // sizes, indexes and seconds stay below it (tlog-cosignature)

// A sentence in both languages.
export const say = (zh, en) => ({ zh, en });

// Something expected that the reader can act on; anything else that is thrown is our own mistake.
export class Refused extends Error {
  constructor(zh, en) {
    super(en);
    this.sentence = say(zh, en);
  }
}

export function must(holds, zh, en) {
  if (!holds) throw new Refused(zh, en);
}

export const utf8 = (text) => new TextEncoder().encode(text);

// Strict UTF-8; a byte order mark is a character like any other.
export function decodeUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

// One character for each byte.
export function binary(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  }
  return text;
}

export const fromBinary = (text) => Uint8Array.from(text, (one) => one.charCodeAt(0));

export const encodeBase64 = (bytes) => btoa(binary(bytes));

// Standard base64 in its one form; null for a stray bit, missing padding, a space or a foreign character.
export function decodeBase64(text) {
  let content;
  try {
    content = atob(text);
  } catch {
    return null;
  }
  return btoa(content) === text ? fromBinary(content) : null;
}

// A decimal number below 2^63 without leading zeros, as a BigInt; null for any other text.
export function decimal(text) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) return null;
  const number = BigInt(text);
  return number < BELOW ? number : null;
}

export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

export const equal = (a, b) => a.length === b.length && a.every((one, at) => one === b[at]);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

export function uint64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes;
}

export const hash = (...parts) => sha256(concat(...parts));

const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

// Text as a person may safely read it: what is invisible, or turns the direction of writing, is spelt out.
export const visible = (text) => text.replace(HIDDEN, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
