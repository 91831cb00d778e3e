// The path from the entry up to the root, as a picture: each level joins what was computed with one hash of the proof.

import { drawn } from "./elements.js";
import { encodeBase64, equal } from "./words.js";

const WIDTH = 380, ROW = 48, BOX = 104, HIGH = 26, MIDDLE = WIDTH / 2;
const PLACE = { left: BOX / 2 + 4, right: WIDTH - BOX / 2 - 4 };

export const brief = (bytes) => `${encodeBase64(bytes).slice(0, 8)}…`;

export function picture({ leaf, levels, index, root }) {
  const top = 46, bottom = top + levels.length * ROW;
  const computed = levels.length ? levels.at(-1).result : leaf;
  const isRight = equal(computed, root);
  const height = bottom + HIGH + 26;
  const elbows = [], spine = [], boxes = [];
  levels.forEach(({ side, sibling, result }, at) => {
    const below = bottom - at * ROW, above = below - ROW;
    elbows.push(elbow(PLACE[side], below, MIDDLE, above + HIGH));
    spine.push(drawn("path", { class: "spine", d: `M${MIDDLE} ${below}V${above + HIGH}` }));
    boxes.push(box(PLACE[side], below, brief(sibling), "sibling"));
    if (at < levels.length - 1) boxes.push(box(MIDDLE, above, brief(result), "step"));
  });
  if (levels.length) boxes.push(box(MIDDLE, bottom, brief(leaf), "leaf"));
  boxes.push(box(MIDDLE, top, brief(computed), isRight ? "root" : "root wrong"));
  const said = isRight ? "根 root = 检查点 checkpoint ✓" : `算出的根 computed ≠ 检查点 checkpoint ${brief(root)}`;
  const title = drawn("title", {}, `从条目 ${index} 到根的路径 · the path from entry ${index} to the root`);
  return drawn(
    "svg",
    { class: "picture", viewBox: `0 0 ${WIDTH} ${height}`, role: "img" },
    title,
    ...elbows,
    ...spine,
    ...boxes,
    caption(top - 14, said),
    caption(bottom + HIGH + 18, `条目 entry ${index}`),
  );
}

const caption = (y, text) => drawn("text", { class: "caption", x: MIDDLE, y }, text);

function elbow(x, y, toX, toY) {
  const half = (y + toY) / 2;
  return drawn("path", { d: `M${x} ${y}V${half}H${toX}V${toY}` });
}

function box(x, y, text, name) {
  return drawn(
    "g",
    { class: name },
    drawn("rect", { x: x - BOX / 2, y, width: BOX, height: HIGH, rx: 4 }),
    drawn("text", { x, y: y + 17 }, text),
  );
}
