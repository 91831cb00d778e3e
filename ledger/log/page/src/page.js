// The page around verify.js: takes files, and shows what was found. It decides nothing.

import { both, drawn, element } from "./elements.js";
import { brief, picture } from "./picture.js";
import { countWitnesses, verify } from "./verify.js";
import { hash, hex, say, utf8, visible } from "./words.js";

const INPUTS = ["proof", "policy", "entry"];
const MAX_BYTES = 2_000_000;
const held = { proof: null, policy: null, entry: null }; // each { bytes, from, note }

const TITLES = {
  format: say("格式", "Format"),
  log: say("日志签名", "The log's signature"),
  witnesses: say("见证", "Witnesses"),
  inclusion: say("条目在日志中", "The entry is in the log"),
  entry: say("条目内容", "What the entry says"),
};
const STATES = {
  ok: say("✓ 通过", "ok"),
  failed: say("✗ 失败", "failed"),
  waiting: say("等待", "waiting"),
  note: say("! 注意", "note"),
};
const WORDS = {
  ok: say("核验通过", "Verified"),
  failed: say("核验失败", "Not verified"),
  waiting: say("等待文件", "Waiting for files"),
  unwitnessed: say("核验通过，但未经见证", "Verified, but UNWITNESSED"),
};
const LINES = {
  signed: ["ok", say("✓ 有效", "valid")],
  bad: ["bad", say("✗ 无效", "invalid")],
  absent: ["quiet", say("未签", "did not sign")],
  unchecked: ["note", say("本页不核验", "not checked by this page")],
};

function show() {
  const given = Object.fromEntries(INPUTS.map((name) => [name, held[name]?.bytes ?? null]));
  const report = verify(given);
  showInputs();
  showVerdict(report);
  const steps = Object.keys(TITLES).map((name, at) => step(name, at + 1, report));
  document.getElementById("steps").replaceChildren(...steps);
}

function showInputs() {
  for (const name of INPUTS) {
    const card = document.querySelector(`[data-input=${name}]`);
    const one = held[name];
    card.classList.toggle("full", one !== null);
    card.querySelector(".held").replaceChildren(
      ...(one ? [element("b", { class: "name" }, visible(one.from)), `${one.bytes.length.toLocaleString("en")} B · SHA-256 `, element("code", {}, hex(hash(one.bytes)))] : []),
    );
  }
}

function showVerdict(report) {
  const isUnwitnessed = report.verdict === "ok" && !report.isWitnessed;
  const panel = document.getElementById("verdict");
  panel.dataset.verdict = report.verdict;
  panel.dataset.witnessed = report.isWitnessed === null ? "unknown" : report.isWitnessed ? "yes" : "no";
  panel.className = isUnwitnessed ? "unwitnessed" : report.verdict;
  panel.replaceChildren(
    seal(report.verdict),
    element("div", {}, element("p", { class: "word" }, both(WORDS[isUnwitnessed ? "unwitnessed" : report.verdict])), element("p", { class: "says" }, both(summary(report)))),
    ...(report.isWitnessed === false ? [unwitnessed()] : []),
    ...(held.policy?.isLinked ? [linked()] : []),
    ...(report.verdict === "waiting" ? [] : [moment()]),
  );
}

function summary(report) {
  if (report.verdict !== "ok") return report.reason;
  const { index, note } = report.proof;
  const origin = visible(note.checkpoint.origin);
  const count = countWitnesses(report.witnesses.filter((one) => one.state === "signed"));
  if (!report.isWitnessed) {
    return say(
      `第 ${index} 号条目在日志“${origin}”中（共 ${note.checkpoint.size} 条），日志已签名；策略不要求见证人。`,
      `Entry ${index} is in the log “${origin}” of ${note.checkpoint.size} entries, and the log signed it; the policy asks for no witness.`,
    );
  }
  return say(
    `第 ${index} 号条目在日志“${origin}”中（共 ${note.checkpoint.size} 条），日志已签名，${count} 位见证人已见证。`,
    `Entry ${index} is in the log “${origin}” of ${note.checkpoint.size} entries; the log signed it, and ${count} witness${count === 1 ? "" : "es"} cosigned.`,
  );
}

const unwitnessed = () =>
  element(
    "p",
    { class: "alert", id: "unwitnessed" },
    element("b", {}, "未经见证 UNWITNESSED"),
    " 没有独立的见证人确认运营方只有这一本日志。",
    element("span", { lang: "en" }, "No independent witness confirms that the operator shows everyone this same log."),
  );

const linked = () =>
  element(
    "p",
    { class: "alert", id: "linked" },
    element("b", {}, "策略来自链接 The policy came with the link"),
    " 谁给您链接，谁就决定了信任哪些密钥。请换用您自己取得的策略。",
    element("span", { lang: "en" }, "Whoever gave you the link chose whom to trust. Use a policy that you got yourself."),
  );

function moment() {
  const now = when(BigInt(Math.floor(Date.now() / 1000)));
  return element("p", { class: "moment" }, "核验于 Verified at ", now, "（本设备时钟 this device's clock）");
}

function seal(verdict) {
  const strokes = { ok: "M15 27l8 8 15-17", failed: "M18 18l16 16M34 18L18 34", waiting: "M26 14v13l8 5" };
  return drawn(
    "svg",
    { class: "seal", viewBox: "0 0 52 52", "aria-hidden": "true" },
    drawn("circle", { cx: 26, cy: 26, r: 23, fill: "none", stroke: "currentColor", "stroke-width": 2.5 }),
    drawn("path", { d: strokes[verdict], fill: "none", stroke: "currentColor", "stroke-width": 3.5, "stroke-linecap": "round", "stroke-linejoin": "round" }),
  );
}

function step(name, number, report) {
  const { state, reason } = report.steps[name];
  return element(
    "article",
    { class: `step ${state}`, "data-step": name, "data-state": state },
    element("span", { class: "number" }, String(number)),
    element("h2", {}, both(TITLES[name])),
    element("span", { class: "state" }, both(STATES[state])),
    element("div", { class: "body" }, element("p", { class: "reason" }, both(reason)), ...details[name](report)),
  );
}

const details = { format: () => [], log: logDetails, witnesses: witnessDetails, inclusion: inclusionDetails, entry: entryDetails };

function logDetails({ logs, proof }) {
  if (!logs) return [];
  const shown = logs.filter((one) => one.isOfThisLog || one.state !== "absent");
  if (!shown.length) return [];
  const known = new Set(logs.map(({ key }) => `${key.name} ${hex(key.id)}`));
  const rows = shown.map(({ key, state, at }) => [keyCell(key), key.title, time(at), mark(state)]);
  const others = proof.note.signatures.filter((one) => !known.has(`${one.name} ${hex(one.keyId)}`)).length;
  const sentence = say(
    `另有 ${others} 行签名不属于策略中的日志密钥；见证人的签名见下一步，其余按规范不予理会。`,
    `${others} more lines are of no log key of the policy; witnesses follow in the next step, and others are ignored, as the specification says.`,
  );
  return [
    table(["密钥 Key", "算法 Algorithm", "时间 Time", "签名 Signature"], rows),
    ...(others ? [element("p", { class: "small" }, both(sentence))] : []),
  ];
}

function witnessDetails({ witnesses, groups }) {
  if (!witnesses?.length) return [];
  const rows = witnesses.map(({ label, key, state, at }) => [
    [element("b", { class: "name" }, label), element("small", {}, element("code", {}, `${visible(key.name)} ${hex(key.id)}`))],
    key.title,
    time(at),
    mark(state),
  ]);
  const rules = groups.map((one) => [
    element("b", { class: "name" }, one.label),
    `${one.threshold} / ${one.members.length}：${one.members.join("、")}`,
    mark(one.isMet ? "signed" : "absent", one.isMet ? say("✓ 满足", "met") : say("— 未满足", "not met")),
  ]);
  return [
    table(["见证人 Witness", "算法 Algorithm", "时间 Time", "签名 Signature"], rows),
    ...(rules.length ? [table(["组 Group", "至少 At least", ""], rules)] : []),
  ];
}

function inclusionDetails({ levels, leaf, proof, source }) {
  if (!levels) return [];
  const { index, note } = proof;
  const from = source === "file" ? say("您添加的文件", "the file you added") : say("证明所附（extra 行）", "carried by the proof (its extra line)");
  return [
    picture({ leaf, levels, index, root: note.checkpoint.root }),
    element("p", { class: "small" }, both(say(
      "每个方框是一个哈希。浅色的由证明给出，深色的由本页逐层算出；改动条目的任何一个字，根就会不同。",
      "Each box is a hash: the pale ones come with the proof, the others this page computed, level by level. Change one letter of the entry and the root differs.",
    ))),
    facts([[say("条目来源", "entry from"), both(from)], [say("叶哈希", "leaf hash"), element("code", {}, hex(leaf))], [say("根哈希", "root hash"), element("code", {}, hex(note.checkpoint.root))]]),
  ];
}

function entryDetails({ entry }) {
  if (!entry) return [];
  const rows = [];
  if (entry.kind) rows.push([say("种类", "kind"), element("code", {}, visible(entry.kind))]);
  if (entry.subject) rows.push([say("主体", "subject"), element("code", {}, visible(entry.subject))]);
  if (entry.id) rows.push([say("条目号", "id"), element("code", {}, visible(entry.id))]);
  for (const { path, value } of entry.instants.slice(0, 50)) rows.push([say("时间", visible(path)), instant(value)]);
  if (entry.sealed.length) {
    rows.push([
      say("密封", "sealed"),
      [...entry.sealed.slice(0, 50).flatMap((name) => [element("code", {}, visible(name)), " "]), ...both(say("仅为摘要：内容未公开。", "digests only: the values are not published."))],
    ]);
  }
  return [...(rows.length ? [facts(rows)] : []), element("pre", { id: "entry" }, entry.shown)];
}

const keyCell = (key) => [element("span", { class: "name" }, visible(key.name)), element("small", {}, element("code", {}, hex(key.id)))];

function mark(state, words = LINES[state][1]) {
  return element("span", { class: `mark ${LINES[state][0]}` }, both(words));
}

function table(heads, rows) {
  const cells = (row) => row.map((one) => element("td", {}, one));
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...heads.map((one) => element("th", {}, one)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells(row)))),
  );
}

const facts = (rows) => element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, both(name)), element("dd", {}, value)]));

const time = (at) => (at === null ? element("span", { class: "nothing" }, "—") : when(at));

// Seconds since 1970 as a person in Beijing reads them.
function when(seconds) {
  if (seconds > 253402271999n) return `${seconds} s`; // beyond the year 9999
  const beijing = new Date(Number(seconds + 28800n) * 1000).toISOString();
  return element("span", { class: "when" }, `${beijing.slice(0, 10)} ${beijing.slice(11, 19)} +08:00`);
}

function instant(value) {
  const at = Date.parse(value);
  const [date] = value.split("T");
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date || at < 0) return value;
  return [when(BigInt(Math.floor(at / 1000))), " ", element("code", {}, value)];
}

// Input: files, paste, and what stands after the # of the address.

function put(name, bytes, from, isLinked = false) {
  held[name] = bytes === null ? null : { bytes, from, isLinked };
}

// Read no more of a file than says that it is too large: the verification refuses it by its length.
async function putFile(name, file) {
  try {
    put(name, new Uint8Array(await file.slice(0, MAX_BYTES + 1).arrayBuffer()), file.name);
  } catch {
    put(name, new Uint8Array(0), `${file.name}（无法读取 could not be read）`); // a folder, or a file that is gone
  }
}

// Guess what a dropped file is; a wrong guess is seen, and can only make the verification fail.
async function guess(file) {
  const start = await file.slice(0, 4096).text().catch(() => "");
  if (start.startsWith("c2sp.org/tlog-proof@")) return "proof";
  if (/^[ \t]*(log|witness|group|quorum)[ \t]/m.test(start) && !start.startsWith("{")) return "policy";
  return "entry";
}

function listen() {
  for (const name of INPUTS) {
    const card = document.querySelector(`[data-input=${name}]`);
    card.querySelector("input").addEventListener("change", async ({ target }) => {
      if (target.files.length) await putFile(name, target.files[0]);
      show();
    });
    card.querySelector("textarea")?.addEventListener("input", ({ target }) => {
      const text = target.value; // a browser gives its lines ended by newlines
      const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`; // copying often loses the last one
      put(name, text === "" ? null : utf8(whole), "粘贴的文本 pasted text");
      show();
    });
  }
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  addEventListener("dragleave", () => document.body.classList.remove("over"));
  addEventListener("drop", drop);
  addEventListener("hashchange", () => {
    fromAddress();
    show();
  });
}

async function drop(event) {
  event.preventDefault();
  document.body.classList.remove("over");
  const card = event.target instanceof Element ? event.target.closest("[data-input]") : null;
  const files = [...event.dataTransfer.files].slice(0, INPUTS.length);
  for (const file of files) await putFile(files.length === 1 && card ? card.dataset.input : await guess(file), file);
  show();
}

// verify.html#proof=<base64url>&policy=<base64url>&entry=<base64url>
function fromAddress() {
  for (const part of location.hash.slice(1).split("&")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at);
    if (at > 0 && INPUTS.includes(name)) put(name, decodeAddress(part.slice(at + 1)), "链接 the link", true);
  }
}

function decodeAddress(text) {
  try {
    if (!/^[\w-]*$/.test(text)) throw new RangeError("not base64url");
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  } catch {
    return new Uint8Array(0); // an empty file is refused with a sentence
  }
}

listen();
fromAddress();
show();
