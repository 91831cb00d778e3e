// Verifier keys and what signs (C2SP signed-note, tlog-cosignature): Ed25519, its timestamped cosignature, ML-DSA-44.
// SM2 keys (0xff, an identifier of ours) are read and named, and never checked here.

import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { BELOW, binary, concat, decodeBase64, decodeUtf8, equal, fromBinary, hash, hex, must, uint64, utf8 } from "./words.js";

export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export const MLDSA44 = 0x06;
export const UNASSIGNED = 0xff;

const LABEL = utf8("subtree/v1\n\0");
const SM2 = utf8("mengkeju/sm2-with-sm3/v1\n");
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;

// How many bytes the public key and the signature have, and what is signed; null: nothing this page can check.
const ALGORITHMS = new Map([
  [ED25519, { title: "Ed25519", key: 32, signature: 64, isTimed: false, verify: edwards }],
  [COSIGNATURE, { title: "Ed25519 cosignature", key: 32, signature: 72, isTimed: true, verify: cosigned }],
  [MLDSA44, { title: "ML-DSA-44", key: 1312, signature: 2428, isTimed: true, verify: lattice }],
  [UNASSIGNED, { title: "SM2-SM3", key: SM2.length + 64, signature: null, isTimed: false, verify: null }],
]);
export const OF_A_LOG = [ED25519, MLDSA44, UNASSIGNED];
export const OF_A_WITNESS = [COSIGNATURE, MLDSA44];

export const isName = (name) => name !== "" && !name.includes("+") && !SPACE.test(name) && !/[\0-\x1f]/.test(name);

// Read name+id+base64(type, key), given as one character for each byte.
export function parseKey(text) {
  const first = text.indexOf("+"), second = text.indexOf("+", first + 1); // base64 may hold a plus
  must(first >= 0 && second >= 0, "密钥应写作“名称+编号+base64”。", "A key reads name+id+base64.");
  const name = decodeUtf8(fromBinary(text.slice(0, first)));
  must(name !== null && isName(name), "密钥名称不得为空、含空格或加号。", "A key's name has at least one character, no space and no plus.");
  const material = decodeBase64(text.slice(second + 1));
  must(material !== null && material.length > 0, "密钥不是严格的 base64。", "The key is not strict base64.");
  const algorithm = ALGORITHMS.get(material[0]);
  must(
    algorithm !== undefined,
    `不认识类型为 0x${hex(material.subarray(0, 1))} 的密钥。`,
    `Keys of type 0x${hex(material.subarray(0, 1))} are not known here.`,
  );
  const publicKey = material.subarray(1);
  const fits = publicKey.length === algorithm.key && (material[0] !== UNASSIGNED || equal(publicKey.subarray(0, SM2.length), SM2));
  must(fits, `这不是 ${algorithm.title} 公钥。`, `This is no public key of ${algorithm.title}.`);
  const id = hash(utf8(`${name}\n`), material).subarray(0, 4);
  must(hex(id) === text.slice(first + 1, second), "密钥编号与名称和公钥不符。", "The id is not that of the key and name.");
  return { name, id, type: material[0], publicKey, material: binary(material), title: algorithm.title, isChecked: algorithm.verify !== null };
}

export const claims = (signature, key) => signature.name === key.name && equal(signature.keyId, key.id);

// Whether the signature is the key's over the note. Says no, never throws, whatever the bytes are.
export function accepts(key, value, note) {
  const algorithm = ALGORITHMS.get(key.type);
  if (!algorithm.verify || value.length !== algorithm.signature) return false;
  if (algorithm.isTimed && !(0n < secondsOf(value) && secondsOf(value) < BELOW && note.checkpoint)) return false;
  try {
    return algorithm.verify(key, value, note) === true;
  } catch {
    return false; // the libraries throw on bytes that are no point or polynomial
  }
}

// The time a signature carries, or null for types that carry none.
export const signedAt = (key, value) => (ALGORITHMS.get(key.type).isTimed ? secondsOf(value) : null);

const secondsOf = (value) => new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0);

function edwards(key, value, note) {
  return ed25519.verify(value, utf8(note.text), key.publicKey, { zip215: false });
}

function cosigned(key, value, note) {
  const message = utf8(`cosignature/v1\ntime ${secondsOf(value)}\n${note.text}`);
  return ed25519.verify(value.subarray(8), message, key.publicKey, { zip215: false });
}

function lattice(key, value, note) {
  const { origin, size, root } = note.checkpoint;
  const message = concat(LABEL, counted(key.name), uint64(secondsOf(value)), counted(origin), uint64(0n), uint64(size), root);
  return ml_dsa44.verify(value.subarray(8), message, key.publicKey);
}

function counted(text) {
  const content = utf8(text);
  if (content.length < 1 || content.length > 255) throw new RangeError("a name has 1 to 255 bytes");
  return concat(Uint8Array.of(content.length), content);
}
