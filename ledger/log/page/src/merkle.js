// Inclusion in a Merkle tree over SHA-256 (RFC 6962 2.1, RFC 9162 2.1.3.2). Index and size are BigInt.

import { equal, hash, HASH_BYTES, must } from "./words.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry) => hash(LEAF, entry);
export const nodeHash = (left, right) => hash(NODE, left, right);

// Walk from the leaf to the top. Returns each level: the sibling, on which side it stands, and what both make.
export function climb({ leaf, index, size, path }) {
  must([leaf, ...path].every((one) => one.length === HASH_BYTES), "每个哈希必须恰为 32 字节。", "Every hash has exactly 32 bytes.");
  must(
    index < size,
    `证明称条目编号为 ${index}，但该检查点的日志只有 ${size} 条（编号从 0 起）。`,
    `The proof is for entry ${index}, but the log of this checkpoint has ${size} entries, numbered from 0.`,
  );
  const levels = [];
  let at = index, last = size - 1n, computed = leaf;
  for (const sibling of path) {
    must(last > 0n, "哈希路径过长：多于该规模的树所需。", "The path is too long for a tree of this size.");
    const isLeft = (at & 1n) === 1n || at === last;
    computed = isLeft ? nodeHash(sibling, computed) : nodeHash(computed, sibling);
    levels.push({ side: isLeft ? "left" : "right", sibling, result: computed });
    if (isLeft) {
      while (at !== 0n && (at & 1n) === 0n) { // a right-most node has no sibling at these levels
        at >>= 1n;
        last >>= 1n;
      }
    }
    at >>= 1n;
    last >>= 1n;
  }
  must(last === 0n, "哈希路径过短：不足以到达根。", "The path is too short: it does not reach the root.");
  return levels;
}

export const leadsTo = (leaf, levels, root) => equal(levels.length ? levels.at(-1).result : leaf, root);
