package main

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The most entries x/mod can reckon with: beyond, its search for a power of two does not end.
const maxSize = 1 << 62

// The root of a log without entries (RFC 6962 2.1). x/mod takes 32 zero bytes for it, which C2SP does not.
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// A checkpoint is what the log says of itself: c2sp.org/tlog-checkpoint.
type checkpoint struct {
	size int64
	root tlog.Hash
}

// openCheckpoint reads a signed checkpoint of the log that `trusted` signs for. Signatures by other keys are not looked
// at. Extension lines are let pass: the signature covers them.
func openCheckpoint(content []byte, trusted note.Verifier) (checkpoint, error) {
	opened, err := note.Open(content, note.VerifierList(trusted))
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return checkpoint{}, errors.New("checkpoint: origin, size and root are three lines")
	}
	if lines[0] != trusted.Name() {
		return checkpoint{}, fmt.Errorf("checkpoint: of the log %q, not of %q", lines[0], trusted.Name())
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: size: %v", err)
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: root: %v", err)
	}
	if size == 0 && root != emptyRoot {
		return checkpoint{}, errors.New("checkpoint: a log without entries has another root")
	}
	return checkpoint{size, root}, nil
}

func parseDecimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || number > maxSize || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is no decimal number from 0 to 2^62 without leading zeros", text)
	}
	return number, nil
}

func parseBase64(text string) ([]byte, error) {
	content, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(content) != text { // the decoder lets line ends pass
		return nil, errors.New("not strict base64")
	}
	return content, nil
}

func parseHash(text string) (tlog.Hash, error) {
	content, err := parseBase64(text)
	if err != nil {
		return tlog.Hash{}, err
	}
	if len(content) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("a hash has %d bytes, not %d", tlog.HashSize, len(content))
	}
	var hash tlog.Hash
	copy(hash[:], content)
	return hash, nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	if len(lines) > 63 {
		return nil, errors.New("a proof has at most 63 hashes")
	}
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, fmt.Errorf("hash %d: %v", i, err)
		}
		hashes[i] = hash
	}
	return hashes, nil
}
