// Proofs, signed notes and checkpoints (C2SP tlog-proof, signed-note, tlog-checkpoint): read, not yet believed.

import { isName } from "./keys.js";
import { binary, decimal, decodeBase64, decodeUtf8, HASH_BYTES, must } from "./words.js";

const MAGIC = "c2sp.org/tlog-proof@v1";
const MAX_PROOF_BYTES = 2_000_000;
const MAX_NOTE_BYTES = 1_000_000;
const MAX_PATH = 63; // a tree of 2^63 leaves is 63 high
const MAX_SIGNATURES = 100;

export function parseProof(content) {
  must(content.length <= MAX_PROOF_BYTES, "文件过大：证明不超过 2 MB。", "The file is too large: a proof has at most 2 MB.");
  const blank = blankLine(content);
  const head = blank < 0 ? "" : binary(content.subarray(0, blank));
  const lines = (blank < 0 ? binary(content.subarray(0, 64)) : head).split("\n");
  must(
    lines[0] === MAGIC,
    `这不是证明文件：首行应为 ${MAGIC}。`,
    `This is not a proof: its first line must read ${MAGIC}.`,
  );
  must(blank >= 0, "证明不完整：缺少空行及其后的检查点。", "The proof is cut short: a blank line and a checkpoint must follow.");
  must(/^[\0-\x7f]*$/.test(head), "证明的首部只能是 ASCII 字符。", "The lines before the checkpoint must be ASCII.");
  lines.shift();
  const extra = lines[0]?.startsWith("extra ") ? lines.shift().slice(6) : null;
  const index = lines[0]?.startsWith("index ") ? decimal(lines[0].slice(6)) : null;
  must(
    index !== null,
    "应有一行“index <编号>”，编号为小于 2^63、无前导零的十进制数。",
    "A line “index <number>” must follow: a decimal number below 2^63 without leading zeros.",
  );
  must(lines.length <= 1 + MAX_PATH, `路径最多 ${MAX_PATH} 个哈希。`, `A path has at most ${MAX_PATH} hashes.`);
  const path = lines.slice(1).map((line, at) => {
    const one = decodeBase64(line);
    must(one?.length === HASH_BYTES, `路径第 ${at + 1} 行不是 32 字节的严格 base64。`, `Line ${at + 1} of the path is not 32 bytes in strict base64.`);
    return one;
  });
  const decoded = extra === null ? null : decodeBase64(extra);
  must(extra === null || decoded !== null, "extra 行不是严格的 base64。", "The extra line is not strict base64.");
  return { index, path, extra: decoded, note: parseNote(content.subarray(blank + 2)) };
}

// A note's text, which ends in a newline, what it says as a checkpoint, and its signature lines.
export function parseNote(content) {
  must(content.length <= MAX_NOTE_BYTES, "检查点不超过 1 MB。", "A checkpoint has at most 1 MB.");
  const whole = decodeUtf8(content);
  must(whole !== null, "检查点不是有效的 UTF-8。", "The checkpoint is not valid UTF-8.");
  must(!whole.includes("\r"), "文件含回车符（CRLF）：请使用未经改动的原始文件。", "The file has carriage returns (CRLF): use the original, unaltered file.");
  const at = whole.lastIndexOf("\n\n");
  must(
    at >= 0 && whole.endsWith("\n") && !/[\0-\x09\x0b-\x1f]/.test(whole),
    "检查点应为文本、空行和签名行，每行以换行结束，且无控制字符。",
    "A checkpoint is text, a blank line and signature lines, each ended by a newline, without control characters.",
  );
  const lines = whole.slice(at + 2).split("\n").slice(0, -1);
  must(
    lines.length > 0 && lines.length <= MAX_SIGNATURES,
    `检查点应有 1 至 ${MAX_SIGNATURES} 行签名。`,
    `A checkpoint carries 1 to ${MAX_SIGNATURES} signature lines.`,
  );
  const text = whole.slice(0, at + 1);
  return { text, checkpoint: parseCheckpoint(text), signatures: lines.map(parseSignature) };
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  must(lines.length === 4 && lines[0] !== "", "检查点应恰有三行：日志名称、规模、根。", "A checkpoint has exactly three lines: origin, size, root.");
  const size = decimal(lines[1]);
  must(size !== null, "日志规模应为小于 2^63、无前导零的十进制数。", "The size is a decimal number below 2^63 without leading zeros.");
  const root = decodeBase64(lines[2]);
  must(root?.length === HASH_BYTES, "根哈希应为 32 字节的严格 base64。", "The root is 32 bytes in strict base64.");
  return { origin: lines[0], size, root };
}

function parseSignature(line, at) {
  const match = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
  must(
    match !== null && isName(match[1]),
    `第 ${at + 1} 行签名应为“— 名称 base64”，以单个空格分隔。`,
    `Signature line ${at + 1} must be an em dash, a name and base64, parted by single spaces.`,
  );
  const content = decodeBase64(match[2]);
  must(content !== null && content.length > 4, `第 ${at + 1} 行签名不是严格的 base64。`, `Signature line ${at + 1} is not strict base64.`);
  return { name: match[1], keyId: content.subarray(0, 4), value: content.subarray(4) };
}

function blankLine(content) {
  for (let at = content.indexOf(0x0a); at >= 0; at = content.indexOf(0x0a, at + 1)) {
    if (content[at + 1] === 0x0a) return at;
  }
  return -1;
}
