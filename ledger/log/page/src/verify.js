// The whole verification of a .tlog-proof under a policy, as numbered steps in words. Pure: no page, no clock, no network.
//
// 1  format     the files are a proof and a policy, in their one form
// 2  log        the checkpoint is signed by a key of the policy, under the name of the log itself
// 3  witnesses  every witness that the policy knows and that cosigned is checked; the quorum is met
// 4  inclusion  the path leads from the entry to the root that the checkpoint states
// 5  entry      what the entry says, shown only when steps 1 to 4 hold; it cannot fail the verification
//
// A step is ok, failed, waiting (for a file, or for an earlier step) or note (ok, with something to know). The verdict
// is ok only if steps 1 to 4 hold. Not checked: what the entry claims, when a witness signed, SM2 signatures.

import { readEntry } from "./entry.js";
import { accepts, claims, signedAt } from "./keys.js";
import { climb, leadsTo, leafHash } from "./merkle.js";
import { parseProof } from "./notes.js";
import { parsePolicy, readable, seenBy } from "./policy.js";
import { Refused, say, visible } from "./words.js";

const STEPS = ["format", "log", "witnesses", "inclusion", "entry"];
const MAX_ENTRY_BYTES = 2_000_000;

// Verify. Each argument is a Uint8Array, or null for what is not there yet; `entry` outranks the proof's own.
export function verify({ proof = null, policy = null, entry = null }) {
  const report = { verdict: "waiting", isWitnessed: null, reason: null, steps: {}, proof: null, policy: null };
  for (const name of STEPS) report.steps[name] = { state: "waiting", reason: say("等待前面的步骤。", "Waits for the steps before.") };
  format(report, proof, policy);
  if (report.proof && report.policy) {
    take(report, "log", () => log(report));
    take(report, "witnesses", () => witnesses(report));
  }
  if (report.proof) {
    take(report, "inclusion", () => inclusion(report, entry));
  }
  conclude(report);
  if (report.verdict === "ok") take(report, "entry", () => whatItSays(report));
  return report;
}

function format(report, proof, policy) {
  const read = [["proof", proof, parseProof], ["policy", policy, parsePolicy]];
  const problems = [];
  for (const [name, content, parse] of read) {
    if (content === null) continue;
    try {
      report[name] = parse(content);
    } catch (refusal) {
      const sentence = sentenceOf(refusal);
      problems.push(name === "proof" ? say(`证明：${sentence.zh}`, `Proof: ${sentence.en}`) : say(`策略：${sentence.zh}`, `Policy: ${sentence.en}`));
    }
  }
  if (problems.length) {
    const join = (language, by) => problems.map((one) => one[language]).join(by);
    report.steps.format = { state: "failed", reason: say(join("zh", ""), join("en", " ")) };
  } else if (proof === null || policy === null) {
    const missing = [
      [proof, "证明（.tlog-proof）", "a proof (.tlog-proof)"],
      [policy, "信任策略", "a trust policy"],
    ].filter(([content]) => content === null);
    report.steps.format.reason = say(
      `请添加${missing.map((one) => one[1]).join("和")}。`,
      `Please add ${missing.map((one) => one[2]).join(" and ")}.`,
    );
  } else {
    report.steps.format = {
      state: "ok",
      reason: say("证明、检查点与策略均符合公开规范的唯一写法。", "Proof, checkpoint and policy are in the one form of their public specifications."),
    };
  }
}

function log(report) {
  const { note } = report.proof;
  const origin = note.checkpoint.origin;
  report.logs = report.policy.logs.map(({ key }) => ({ key, isOfThisLog: key.name === origin, ...examine(note, key) }));
  const failed = report.logs.find((one) => one.state === "bad");
  if (failed) throw bad(failed.key.name);
  const ours = report.logs.filter((one) => one.isOfThisLog);
  const shown = visible(origin);
  if (!ours.length) throw new Refused(`策略没有列出名为“${shown}”的日志。`, `The policy lists no log named “${shown}”.`);
  const signed = ours.filter((one) => one.state === "signed");
  if (!signed.length) {
    throw ours.some((one) => one.state === "unchecked")
      ? new Refused("该日志唯一的已知签名是本页无法核验的类型（SM2）。", "The only known signature of this log is of a type this page cannot check (SM2).")
      : new Refused("策略所列的日志密钥均未签署此检查点。", "None of the policy's keys of this log signed this checkpoint.");
  }
  const how = signed.map((one) => one.key.title).join(" + ");
  return {
    state: "ok",
    reason: say(
      `日志“${shown}”以 ${how} 签署了此检查点：共 ${note.checkpoint.size} 条。`,
      `The log “${shown}” signed this checkpoint of ${note.checkpoint.size} entries with ${how}.`,
    ),
  };
}

/** How many witnesses some policy lines are of: one that signs with two keys is one, and signs under one name. */
export const countWitnesses = (lines) => new Set(lines.map((one) => one.key.name)).size;

function witnesses(report) {
  const { policy } = report;
  const { note } = report.proof;
  report.witnesses = policy.witnesses.map((one) => ({ ...one, label: visible(readable(one.name)), ...examine(note, one.key) }));
  const failed = report.witnesses.find((one) => one.state === "bad");
  if (failed) throw bad(failed.key.name);
  const cosigned = report.witnesses.filter((one) => one.state === "signed");
  const seen = seenBy(policy, cosigned.map((one) => one.name));
  report.groups = policy.groups.map((one) => ({
    label: visible(readable(one.name)),
    threshold: one.threshold,
    members: one.members.map((member) => visible(readable(member))),
    isMet: seen.has(one.name),
  }));
  const [who, all] = [countWitnesses(cosigned), countWitnesses(policy.witnesses)];
  const count = say(
    `${who} / ${all} 位见证人（${cosigned.length} 个签名）`,
    `${who} of ${all} witness${all === 1 ? "" : "es"} (${cosigned.length} signature${cosigned.length === 1 ? "" : "s"})`,
  );
  if (policy.quorum === null) {
    return {
      state: "note",
      reason: say(
        `未经见证：策略写明“quorum none”，不要求任何见证人。（已联署：${count.zh}）`,
        `UNWITNESSED: the policy says “quorum none” and asks for no witness. (Cosigned by ${count.en}.)`,
      ),
    };
  }
  const quorum = visible(readable(policy.quorum));
  if (!seen.has(policy.quorum)) {
    throw new Refused(`见证不足：策略要求“${quorum}”，仅有 ${count.zh}。`, `Too few witnesses: the policy asks for “${quorum}”; cosigned by ${count.en}.`);
  }
  return {
    state: "ok",
    reason: say(`策略要求的“${quorum}”已满足：${count.zh}联署了同一检查点。`, `The quorum “${quorum}” is met: this very checkpoint was cosigned by ${count.en}.`),
  };
}

function inclusion(report, entry) {
  const { index, path, extra, note } = report.proof;
  const { size, root } = note.checkpoint;
  if (entry === null && extra === null) {
    return { state: "waiting", reason: say("此证明未附条目：请添加条目文件。", "This proof does not carry its entry: please add the entry's file.") };
  }
  if (entry !== null && entry.length > MAX_ENTRY_BYTES) throw new Refused("文件过大：条目不超过 2 MB。", "The file is too large: an entry has at most 2 MB.");
  report.source = entry === null ? "extra" : "file";
  const content = entry ?? extra;
  report.leaf = leafHash(content);
  report.levels = climb({ leaf: report.leaf, index, size, path });
  if (!leadsTo(report.leaf, report.levels, root)) {
    throw new Refused(
      "从该条目算出的根与检查点的根不同：条目、路径或检查点不属于一起，或已被改动。",
      "The root computed from this entry is not the checkpoint's: entry, path and checkpoint do not belong together, or one was changed.",
    );
  }
  report.content = content;
  return {
    state: "ok",
    reason: say(
      `条目是日志的第 ${index} 号（从 0 起，共 ${size} 条）：经 ${path.length} 步哈希到达检查点的根。`,
      `The entry is number ${index} of the log (from 0, of ${size}): ${path.length} hashes lead from it to the checkpoint's root.`,
    ),
  };
}

function whatItSays(report) {
  report.entry = readEntry(report.content);
  if (report.entry.fields === null) {
    return {
      state: "note",
      reason: say("条目不是规范形式的 JSON，以下照原样显示。", "The entry is not JSON in its canonical form; it is shown as it stands."),
    };
  }
  return { state: "ok", reason: say("以下是条目的全部内容，字节与日志所存一致。", "This is the whole entry; its bytes are those the log holds.") };
}

// What the note's lines are worth under one key: signed, absent, bad, or unchecked for a type this page cannot check.
function examine(note, key) {
  const lines = note.signatures.filter((one) => claims(one, key));
  if (!lines.length) return { state: "absent", at: null };
  if (!key.isChecked) return { state: "unchecked", at: null };
  if (!lines.every((one) => accepts(key, one.value, note))) return { state: "bad", at: null };
  return { state: "signed", at: signedAt(key, lines[0].value) };
}

function conclude(report) {
  const { format, log, witnesses, inclusion } = report.steps;
  const counted = [format, log, witnesses, inclusion];
  report.isWitnessed = report.policy ? report.policy.quorum !== null : null;
  const failed = counted.find((one) => one.state === "failed");
  const waiting = counted.find((one) => one.state === "waiting");
  report.verdict = failed ? "failed" : waiting ? "waiting" : "ok";
  report.reason = (failed ?? waiting)?.reason ?? null;
  if (failed) report.steps.entry.reason = say("未通过核验的内容不予显示。", "What was not verified is not shown.");
}

function take(report, name, step) {
  try {
    report.steps[name] = step();
  } catch (refusal) {
    report.steps[name] = { state: "failed", reason: sentenceOf(refusal) };
  }
}

// An exception that is not a refusal is our own mistake: the page says no, and never yes.
function sentenceOf(refusal) {
  return refusal instanceof Refused ? refusal.sentence : say("本页未能处理此输入。", "This page could not process this input.");
}

function bad(name) {
  const shown = visible(name);
  return new Refused(
    `“${shown}”的签名与检查点不符：整个检查点不可信。`,
    `The signature of “${shown}” does not fit the checkpoint: the whole checkpoint is refused.`,
  );
}
