// Trust policies (C2SP tlog-policy): whose logs are accepted, and which witnesses must have seen a checkpoint.
// Names and URLs are octets: they are read as one character for each byte, and compared so.

import { OF_A_LOG, OF_A_WITNESS, parseKey } from "./keys.js";
import { binary, decimal, decodeUtf8, fromBinary, Refused, must } from "./words.js";

const MAX_POLICY_BYTES = 1_000_000;
const MAX_LINES = 1_000; // of each kind; the specification asks for 32

export function parsePolicy(content) {
  must(content.length <= MAX_POLICY_BYTES, "文件过大：策略不超过 1 MB。", "The file is too large: a policy has at most 1 MB.");
  const text = binary(content);
  must(!text.includes("\r"), "文件含回车符（CRLF）：请使用未经改动的原始文件。", "The file has carriage returns (CRLF): use the original, unaltered file.");
  must(
    !/[\0-\x08\x0b-\x1f\x7f]/.test(text),
    "策略中除制表符和换行外不得有控制字符。",
    "A policy has no control characters but tabs and newlines.",
  );
  must(text === "" || text.endsWith("\n"), "策略的每一行都应以换行结束。", "Every line of a policy ends in a newline.");
  const reading = new Reading();
  text.split("\n").forEach((line, at) => {
    const words = line.split(/[ \t]+/).filter((one) => one !== "");
    if (!words.length || words[0].startsWith("#")) return;
    try {
      reading.take(words);
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      throw new Refused(`第 ${at + 1} 行：${refusal.sentence.zh}`, `Line ${at + 1}: ${refusal.sentence.en}`);
    }
  });
  return reading.policy();
}

// Which of the witnesses and groups have seen a checkpoint, when the witnesses named have cosigned it.
export function seenBy(policy, names) {
  const seen = new Set(names);
  for (const group of policy.groups) { // each only names what stands before it
    if (group.members.filter((one) => seen.has(one)).length >= group.threshold) seen.add(group.name);
  }
  return seen;
}

// A name's octets as a person may read them.
export const readable = (name) => decodeUtf8(fromBinary(name)) ?? name;

class Reading {
  logs = [];
  witnesses = [];
  groups = [];
  quorum = null;
  #names = new Set();
  #free = new Set(); // defined, and member of no group

  take([kind, ...words]) {
    const kinds = { log: this.#log, witness: this.#witness, group: this.#group, quorum: this.#quorum };
    must(Object.hasOwn(kinds, kind), "每行应以 log、witness、group 或 quorum 开头。", "A line begins with log, witness, group or quorum.");
    kinds[kind].call(this, words);
    const most = Math.max(this.logs.length, this.witnesses.length, this.groups.length);
    must(most <= MAX_LINES, `每类最多 ${MAX_LINES} 行。`, `At most ${MAX_LINES} lines of a kind are read here.`);
  }

  policy() {
    must(this.quorum !== null, "缺少 quorum 行。", "There is no quorum line.");
    return { logs: this.logs, witnesses: this.witnesses, groups: this.groups, quorum: this.quorum === "none" ? null : this.quorum };
  }

  #log(words) {
    must(words.length === 1 || words.length === 2, "应写作：log <vkey> [<url>]", "A log reads: log <vkey> [<url>]");
    this.logs.push({ key: this.#key(words[0], OF_A_LOG, this.logs) });
  }

  #witness(words) {
    must(words.length === 2 || words.length === 3, "应写作：witness <名称> <vkey> [<url>]", "A witness reads: witness <name> <vkey> [<url>]");
    this.#define(words[0]);
    this.witnesses.push({ name: words[0], key: this.#key(words[1], OF_A_WITNESS, this.witnesses) });
  }

  #group([name, rule, ...members]) {
    must(members.length >= 1, "应写作：group <名称> all|any|<k> <成员> …", "A group reads: group <name> all|any|<k> <member> …");
    for (const member of members) {
      must(this.#free.delete(member), "成员须已在前文定义，且只能归属一个组。", "A member is defined on an earlier line, and is a member once.");
    }
    const threshold = rule === "all" ? members.length : rule === "any" ? 1 : Number(decimal(rule) ?? 0n);
    must(threshold >= 1 && threshold <= members.length, "门槛应为 1 至成员数。", "A threshold is 1 up to the number of members.");
    this.#define(name);
    this.groups.push({ name, threshold, members });
  }

  #quorum(words) {
    must(words.length === 1, "应写作：quorum <名称>|none", "A quorum reads: quorum <name>|none");
    must(this.quorum === null, "只能有一行 quorum。", "There is one quorum line.");
    must(words[0] === "none" || this.#names.has(words[0]), "quorum 须已在前文定义。", "The quorum is defined on an earlier line.");
    this.quorum = words[0];
  }

  #define(name) {
    must(name !== "none" && !this.#names.has(name), "名称只能定义一次，且不得为 none。", "A name is defined once, and is not none.");
    this.#names.add(name);
    this.#free.add(name);
  }

  #key(text, suitable, known) {
    const key = parseKey(text);
    must(suitable.includes(key.type), `此处不能使用 ${key.title} 密钥。`, `${key.title} is not what signs here.`);
    const publicKey = key.material.slice(1);
    must(known.every((one) => one.key.material.slice(1) !== publicKey), "同一公钥只能出现一次。", "A key stands in one line.");
    return key;
  }
}
