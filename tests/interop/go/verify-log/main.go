// Verify-log checks an exported transparency log (C2SP tlog-tiles) and proofs from it.
//
//	verify-log DIR VKEY [--proof FILE ...] [--old CHECKPOINT ...] [--consistency FILE ...]
//
// DIR is the export; "-" stands for none, to check proofs alone. VKEY is the log's Ed25519 verifier key, which must have
// reached you by another way than DIR. Every hash, tree and signature is computed by golang.org/x/mod/sumdb/tlog and
// .../note, which know nothing of the log's maker; what is ours is the reading of C2SP's files.
//
// It prints one line for each thing it checked and exits with 0 when all were verified, 1 when something was refused,
// and 2 when it was not asked properly or a file it was given cannot be read.
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const usage = `usage: verify-log DIR VKEY [--proof FILE ...] [--old CHECKPOINT ...] [--consistency FILE ...]

  DIR            an exported log, or - to check proofs without one
  VKEY           the log's Ed25519 verifier key: name+id+base64
  --proof        c2sp.org/tlog-proof files: an entry stands in the log
  --old          earlier signed checkpoints: the log of DIR continues each of them
  --consistency  bodies of a c2sp.org/tlog-witness add-checkpoint request: the newer log continues the older
`

const (
	verified = 0
	refused  = 1
	misused  = 2
)

// A request is what the command line asks for.
type request struct {
	dir, vkey                string
	proofs, olds, consistent []string
}

func main() {
	asked, ok := parseArguments(os.Args[1:])
	if !ok {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(misused)
	}
	trusted, err := note.NewVerifier(asked.vkey)
	if err != nil {
		fmt.Fprintf(os.Stderr, "verify-log: VKEY: %v\n", err)
		os.Exit(misused)
	}
	os.Exit(run(asked, trusted))
}

func parseArguments(arguments []string) (request, bool) {
	var asked request
	var places []string
	into := &places
	for _, one := range arguments {
		switch {
		case one == "--proof":
			into = &asked.proofs
		case one == "--old":
			into = &asked.olds
		case one == "--consistency":
			into = &asked.consistent
		case strings.HasPrefix(one, "--"):
			return asked, false
		default:
			*into = append(*into, one)
		}
	}
	if len(places) != 2 || places[0] == "-" && len(asked.proofs)+len(asked.consistent) == 0 {
		return asked, false
	}
	asked.dir, asked.vkey = places[0], places[1]
	return asked, true
}

// run checks everything that was asked for, also after a refusal, so that the reader sees all of it at once.
func run(asked request, trusted note.Verifier) int {
	status := verified
	report := func(subject, found string, err error) {
		if err == nil {
			fmt.Printf("ok       %s: %s\n", subject, found)
			return
		}
		fmt.Printf("REFUSED  %s: %v\n", subject, err)
		if status == verified {
			status = refused
		}
	}
	read := func(path string) ([]byte, bool) {
		content, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "verify-log: %v\n", err)
			status = misused
		}
		return content, err == nil
	}

	var whole *tree // stays nil without an export, and when the export is refused
	if asked.dir != "-" {
		found, err := openExport(asked.dir, trusted)
		if err == nil {
			whole = found
			report("export "+asked.dir, whole.String(), nil)
		} else {
			report("export "+asked.dir, "", err)
		}
	}
	roots := knownRoots{export: whole}
	for _, path := range asked.olds {
		if content, ok := read(path); ok {
			found, err := roots.add(content, trusted)
			report("old "+path, found, err)
		}
	}
	for _, path := range asked.proofs {
		if content, ok := read(path); ok {
			found, err := verifyProof(content, whole, trusted)
			report("proof "+path, found, err)
		}
	}
	for _, path := range asked.consistent {
		if content, ok := read(path); ok {
			found, err := verifyConsistency(content, roots, trusted)
			report("consistency "+path, found, err)
		}
	}
	return status
}
