package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// verifyProof checks a c2sp.org/tlog-proof file: that an entry stands at an index of the log its checkpoint signs.
//
// The entry is what the line `extra` carries; where there is none, it is read from the export. With an export, the
// checkpoint and the entry must also be those of the export, as far as that reaches.
func verifyProof(content []byte, whole *tree, trusted note.Verifier) (string, error) {
	index, path, entry, rest, err := parseProof(content)
	if err != nil {
		return "", err
	}
	signed, err := openCheckpoint(rest, trusted)
	if err != nil {
		return "", err
	}
	if index >= signed.size {
		return "", fmt.Errorf("there is no entry %d in a log of %d", index, signed.size)
	}
	isCovered := whole != nil && index < whole.size
	if entry == nil && !isCovered {
		return "", errors.New("it carries no entry, and no export holds it")
	}
	if isCovered {
		held, err := whole.entry(index)
		if err != nil {
			return "", err
		}
		if entry != nil && !bytes.Equal(entry, held) {
			return "", fmt.Errorf("the export holds another entry %d", index)
		}
		entry = held
	}
	if err := tlog.CheckRecord(path, signed.size, signed.root, index, tlog.RecordHash(entry)); err != nil {
		return "", fmt.Errorf("entry %d of %d: %v", index, signed.size, err)
	}
	found := fmt.Sprintf("entry %d of %d", index, signed.size)
	if whole == nil {
		return found, nil
	}
	if signed.size > whole.size {
		return found + ", a log newer than the export, with which it was not compared", nil
	}
	return found, whole.continues(signed)
}

// parseProof parts a proof file into index, hashes, entry (nil when it carries none) and signed checkpoint.
func parseProof(content []byte) (index int64, path []tlog.Hash, entry, rest []byte, err error) {
	lines, rest, err := parseHead(content)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, nil, nil, errors.New("not a c2sp.org/tlog-proof@v1")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if entry, err = parseBase64(strings.TrimPrefix(lines[0], "extra ")); err != nil {
			return 0, nil, nil, nil, fmt.Errorf("extra: %v", err)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, nil, nil, errors.New("the line index is missing")
	}
	if index, err = parseDecimal(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return 0, nil, nil, nil, fmt.Errorf("index: %v", err)
	}
	path, err = parseHashes(lines[1:])
	return index, path, entry, rest, err
}

// knownRoots are the roots that a consistency proof may start from: of signed old checkpoints, and of the export.
type knownRoots struct {
	export *tree
	signed map[int64]tlog.Hash
}

// add opens an old checkpoint, holds it against the export if there is one, and remembers its root.
func (k *knownRoots) add(content []byte, trusted note.Verifier) (string, error) {
	old, err := openCheckpoint(content, trusted)
	if err != nil {
		return "", err
	}
	if known, ok := k.signed[old.size]; ok && known != old.root {
		return "", fmt.Errorf("two roots are signed at %d entries", old.size)
	}
	if k.signed == nil {
		k.signed = map[int64]tlog.Hash{}
	}
	k.signed[old.size] = old.root
	if k.export == nil {
		return fmt.Sprintf("%d entries, signed", old.size), nil
	}
	return fmt.Sprintf("the export continues the log of %d entries", old.size), k.export.continues(old)
}

// at returns the root at a size: the signed one first, since the export was held against it already.
func (k *knownRoots) at(size int64) (tlog.Hash, error) {
	if size == 0 {
		return emptyRoot, nil
	}
	if root, ok := k.signed[size]; ok {
		return root, nil
	}
	if k.export != nil && size <= k.export.size {
		return tlog.TreeHash(size, k.export.hashes)
	}
	return tlog.Hash{}, fmt.Errorf("the root at %d entries is not known: give that checkpoint with --old", size)
}

// verifyConsistency checks the body of a c2sp.org/tlog-witness add-checkpoint request: that the log its checkpoint signs
// continues the older one.
func verifyConsistency(content []byte, roots knownRoots, trusted note.Verifier) (string, error) {
	lines, rest, err := parseHead(content)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(lines[0], "old ") {
		return "", errors.New("the first line is old and a size")
	}
	oldSize, err := parseDecimal(strings.TrimPrefix(lines[0], "old "))
	if err != nil {
		return "", fmt.Errorf("old: %v", err)
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return "", err
	}
	signed, err := openCheckpoint(rest, trusted)
	if err != nil {
		return "", err
	}
	oldRoot, err := roots.at(oldSize)
	if err != nil {
		return "", err
	}
	found := fmt.Sprintf("%d entries continue %d", signed.size, oldSize)
	if oldSize == 0 { // x/mod takes no 0; the witness protocol does, with no hashes
		if len(proof) > 0 {
			return "", errors.New("from 0 entries on nothing needs proof")
		}
	} else if err := tlog.CheckTree(proof, signed.size, signed.root, oldSize, oldRoot); err != nil {
		return "", fmt.Errorf("from %d to %d entries: %v", oldSize, signed.size, err)
	}
	if roots.export != nil && signed.size <= roots.export.size {
		return found, roots.export.continues(signed)
	}
	return found, nil
}

// parseHead parts a file at its first blank line: ASCII lines before, a signed note behind.
func parseHead(content []byte) ([]string, []byte, error) {
	at := bytes.Index(content, []byte("\n\n"))
	if at < 0 {
		return nil, nil, errors.New("the blank line before the checkpoint is missing")
	}
	return strings.Split(string(content[:at]), "\n"), content[at+2:], nil
}
