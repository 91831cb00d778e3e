package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8 // C2SP's only tile height: 256 hashes
	width  = 1 << height
)

// A tree is an export that was verified whole: every hash of it follows from its entries, and its root is signed.
type tree struct {
	checkpoint
	dir    string
	hashes storedHashes
}

func (t *tree) String() string {
	root := base64.StdEncoding.EncodeToString(t.root[:])
	return fmt.Sprintf("%d entries and every tile lead to the signed root %s", t.size, root)
}

// storedHashes are the hashes of all complete subtrees, in x/mod's order.
type storedHashes []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("not in the tree")
		}
		found[i] = s[index]
	}
	return found, nil
}

// openExport verifies a whole export: the checkpoint's signature, every entry against its level 0 tile, every tile
// against the entries, and the root of all of them against the signed one.
//
// It does not use tlog.TileHashReader: that of x/mod 0.7.0 does not authenticate every tile it reads. When the
// right edge of the tree needs fewer tiles than hashes, it skips as many of the tiles below.
func openExport(dir string, trusted note.Verifier) (*tree, error) {
	content, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return nil, err
	}
	signed, err := openCheckpoint(content, trusted)
	if err != nil {
		return nil, err
	}
	whole := &tree{checkpoint: signed, dir: dir}
	if signed.size == 0 {
		return whole, nil // the empty root was checked with the checkpoint, and no tile can exist
	}
	for index := int64(0); index*width < signed.size; index++ {
		if err := whole.addBundle(index); err != nil {
			return nil, err
		}
	}
	for level := 1; signed.size>>uint(height*level) > 0; level++ {
		for index := int64(0); index*width < signed.size>>uint(height*level); index++ {
			if err := whole.verifyTile(level, index); err != nil {
				return nil, err
			}
		}
	}
	root, err := tlog.TreeHash(signed.size, whole.hashes)
	if err != nil {
		return nil, err
	}
	if root != signed.root {
		return nil, errors.New("the entries do not lead to the signed root")
	}
	return whole, nil
}

// tile names the tile at (level, index), as wide as the size of the log implies.
func (t *tree) tile(level int, index int64) tlog.Tile {
	found := tlog.Tile{H: height, L: level, N: index, W: width}
	count := t.size
	if level > 0 {
		count >>= uint(height * level)
	}
	if rest := count - index*width; rest < width {
		found.W = int(rest)
	}
	return found
}

// addBundle hashes the entries of a bundle into the tree and holds them against their level 0 tile.
func (t *tree) addBundle(index int64) error {
	entries, err := t.readBundle(index)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(index*width+int64(i), entry, t.hashes)
		if err != nil {
			return err
		}
		t.hashes = append(t.hashes, hashes...)
	}
	return t.verifyTile(0, index)
}

// readBundle reads the entries of a bundle: each after its 16-bit length, exactly as many as the size implies.
func (t *tree) readBundle(index int64) ([][]byte, error) {
	tile := t.tile(-1, index)
	path, content, isFull, err := readFile(t.dir, tile)
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, 0, tile.W)
	for len(entries) < tile.W {
		if len(content) < 2 || len(content)-2 < int(binary.BigEndian.Uint16(content)) {
			return nil, fmt.Errorf("%s ends within entry %d", path, index*width+int64(len(entries)))
		}
		end := 2 + int(binary.BigEndian.Uint16(content))
		entries = append(entries, content[2:end])
		content = content[end:]
	}
	if len(content) > 0 && !isFull {
		return nil, fmt.Errorf("%s holds more than its %d entries", path, tile.W)
	}
	return entries, nil
}

// verifyTile holds a tile of the export against the hashes that follow from the entries.
func (t *tree) verifyTile(level int, index int64) error {
	tile := t.tile(level, index)
	path, content, isFull, err := readFile(t.dir, tile)
	if err != nil {
		return err
	}
	expected, err := tlog.ReadTileData(tile, t.hashes)
	if err != nil {
		return err
	}
	if isFull && len(content) == width*tlog.HashSize {
		content = content[:len(expected)]
	}
	if len(content) != len(expected) {
		return fmt.Errorf("%s has %d bytes, not %d", path, len(content), len(expected))
	}
	for at := 0; at < len(expected); at += tlog.HashSize {
		if !bytes.Equal(content[at:at+tlog.HashSize], expected[at:at+tlog.HashSize]) {
			return fmt.Errorf("%s: hash %d is not that of the entries", path, at/tlog.HashSize)
		}
	}
	return nil
}

// entry returns an entry of the verified tree.
func (t *tree) entry(index int64) ([]byte, error) {
	entries, err := t.readBundle(index / width)
	if err != nil {
		return nil, err
	}
	return entries[index%width], nil
}

// continues checks that the tree begins with that of an earlier checkpoint, by a consistency proof of its own making.
func (t *tree) continues(old checkpoint) error {
	if old.size > t.size {
		return fmt.Errorf("the checkpoint has %d entries, the export only %d", old.size, t.size)
	}
	if old.size == 0 {
		return nil // openCheckpoint knows its root; every log continues the empty one, and x/mod does not take 0
	}
	proof, err := tlog.ProveTree(t.size, old.size, t.hashes)
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, t.size, t.root, old.size, old.root) != nil {
		return fmt.Errorf("the export does not continue the log that was signed at %d entries", old.size)
	}
	return nil
}

// readFile reads a tile or bundle (level -1) of the export. Where a partial one is gone, the full one of the same index
// may stand in for it (c2sp.org/tlog-tiles): isFull says so.
func readFile(dir string, tile tlog.Tile) (path string, content []byte, isFull bool, err error) {
	path = pathOf(tile)
	content, err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil && os.IsNotExist(err) && tile.W < width {
		tile.W = width
		full := pathOf(tile)
		if content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(full))); err == nil {
			return full, content, true, nil
		}
	}
	if err != nil {
		return path, nil, false, fmt.Errorf("%s cannot be read", path)
	}
	return path, content, false, nil
}

// pathOf writes a tile's path as C2SP does: x/mod's without the height, and with "entries" for "data".
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tile.H))
	if tile.L == -1 {
		path = "entries" + strings.TrimPrefix(path, "data")
	}
	return "tile/" + path
}
