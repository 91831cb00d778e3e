#!/usr/bin/env node
// Checks proofs that an entry stands in a log (c2sp.org/tlog-proof) with Sigstore's JavaScript client.
//
//     node verify-proof.js VKEY FILE...
//
// The signature on the checkpoint and the Merkle path are checked by @sigstore/verify, which knows nothing of the log's
// maker; what is ours is the reading of the file and of the verifier key. VKEY is the log's Ed25519 verifier key, which
// must have reached you by another way than FILE. The entry is what the file's line `extra` carries.
//
// Prints one line a file, and exits with 0 when all were verified, 1 when one was refused, 2 when it was not asked
// properly or a file cannot be read.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const { verifyCheckpoint } = require('@sigstore/verify/dist/tlog/checkpoint.js');
const { verifyMerkleInclusion } = require('@sigstore/verify/dist/tlog/merkle.js');

const ED25519 = 1;
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410: what stands before the 32 bytes

class Refused extends Error {}

function main([vkey, ...files]) {
  if (vkey === undefined || files.length === 0) {
    process.stderr.write('usage: node verify-proof.js VKEY FILE...\n');
    return 2;
  }
  let log;
  try {
    log = readKey(vkey);
  } catch (reason) {
    process.stderr.write(`verify-proof: VKEY: ${reason.message}\n`);
    return 2;
  }
  let status = 0;
  for (const file of files) {
    let content;
    try {
      content = fs.readFileSync(file);
    } catch (reason) {
      process.stderr.write(`verify-proof: ${reason.message}\n`);
      status = 2;
      continue;
    }
    try {
      process.stdout.write(`ok       proof ${file}: ${verify(content, log)}\n`);
    } catch (reason) {
      if (!(reason instanceof Refused) && reason.name !== 'VerificationError') throw reason;
      process.stdout.write(`REFUSED  proof ${file}: ${reason.message}\n`);
      status = status || 1;
    }
  }
  return status;
}

function verify(content, log) {
  const { index, hashes, entry, checkpoint } = parseProof(content);
  const proof = {
    logIndex: index,
    hashes,
    checkpoint: { envelope: checkpoint },
  };
  const claimed = { canonicalizedBody: entry, inclusionProof: proof };
  const signed = verifyCheckpoint(claimed, [log]);
  require_(signed.origin === log.baseURL, `the checkpoint is of the log ${signed.origin}`);
  verifyMerkleInclusion(claimed, signed);
  return `entry ${index} of ${signed.logSize}`;
}

function parseProof(content) {
  const blank = content.indexOf('\n\n');
  require_(blank >= 0, 'the blank line before the checkpoint is missing');
  const [magic, extra, index, ...hashes] = content.subarray(0, blank).toString('latin1').split('\n');
  require_(magic === 'c2sp.org/tlog-proof@v1', 'not a c2sp.org/tlog-proof@v1');
  require_(extra?.startsWith('extra '), 'the proof does not carry its entry');
  require_(/^index (0|[1-9][0-9]{0,18})$/.test(index ?? ''), 'the line index is missing or not a decimal number');
  require_(hashes.length <= 63, 'a proof has at most 63 hashes');
  return {
    entry: parseBase64(extra.slice('extra '.length)),
    index: index.slice('index '.length),
    hashes: hashes.map((line) => {
      const hash = parseBase64(line);
      require_(hash.length === 32, 'a hash has 32 bytes');
      return hash;
    }),
    checkpoint: content.subarray(blank + 2).toString('utf8'),
  };
}

// What verifyCheckpoint wants to know of a log: its name, its key, and the four bytes before the key's signatures.
function readKey(vkey) {
  const [, name, id, material] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey) ?? [];
  require_(name !== undefined, 'a verifier key reads name+id+base64');
  const bytes = parseBase64(material);
  require_(bytes[0] === ED25519 && bytes.length === 33, 'only Ed25519 keys (type 1) are checked here');
  const expected = crypto.createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);
  require_(expected.toString('hex') === id, 'the id is not that of the name and key');
  const spki = Buffer.concat([ED25519_SPKI, bytes.subarray(1)]);
  return {
    baseURL: name,
    logID: expected,
    publicKey: crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  };
}

function parseBase64(text) {
  const bytes = Buffer.from(text, 'base64');
  require_(bytes.toString('base64') === text, 'not strict base64');
  return bytes;
}

function require_(holds, otherwise) {
  if (!holds) throw new Refused(otherwise);
}

process.exitCode = main(process.argv.slice(2));
