"""Changes to the golden texts, and what each must be answered: a refusal's code, or null where it changes nothing.

Written by hand. `of` is the text changed (and thereby how it is read), `edits` as `edits` explains.
"""

from typing import Any, Final

NOTE, KEY, BAD = "log/not-a-note", "log/not-a-key", "log/bad-signature"
CHECKPOINT, POLICY, PROOF = "log/not-a-checkpoint", "log/not-a-policy", "log/not-a-proof"
TILE, PROVEN, QUORUM = "log/not-a-tile", "log/not-proven", "log/no-quorum"
UNSIGNED, OTHER_LOG, NO_ENTRY = "log/unsigned", "log/other-log", "log/no-entry"
SUBMISSION = "log/not-a-submission"
UPLOAD, INFO, JOURNAL = "log/not-an-upload", "log/not-mirror-info", "log/damaged-journal"

ED = "— log.example/vectors dFODV"
PQ = "— log.example/vectors DWyDo"
SM2 = "— log.example/vectors XXNH/"
NORTH = "— witness.example/north qe4kU"
NORTH_PQ = "— witness.example/north w9QBs"
SOUTH = "— witness.example/south "
ROOT = "Lv5UmaIbW1EAktS8lbvYWP627yZPUjaLyz2L66nBm3c="
SIBLING = "NKlQkgwi+bsK22Jkqq/DcMgf2CL9XKIuH8hAhbDrsY0="  # the hash of entry 0


def _case(name: str, of: str, refusal: str | None, *edits: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "of": of, "edits": list(edits), "refusal": refusal}


def _replace(old: str, new: str) -> dict[str, Any]:
    return {"replace": [old, new]}


def _hex(old: str, new: str) -> dict[str, Any]:
    return {"hex": [old, new]}


def _flip(prefix: str, at: int, mask: int = 1) -> dict[str, Any]:
    return {"flip": [prefix, at, mask]}


WITNESS_SECRET = "PRIVATE+KEY+witness.example/north+a9ee2451+BEBBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5f\n"
STRANGER = "— stranger.example AAAAAAAA\n"
NO_TIME = [_flip(NORTH, at, mask) for at, mask in ((8, 0x69), (9, 0xA4), (10, 0xE1), (11, 0x10))]
NO_TIME_PQ = [_flip(NORTH_PQ, at, mask) for at, mask in ((8, 0x69), (9, 0xA4), (10, 0xE1), (11, 0x10))]

OF_KEYS: Final = [
    _case("a false id", "vkey_ed25519", KEY, _replace("+74538357+", "+74538358+")),
    _case("an id in capitals", "vkey_mldsa44", KEY, _replace("+0d6c83a2+", "+0D6C83A2+")),
    _case("an id cut short", "vkey_ed25519", KEY, _replace("+74538357+", "+7453835+")),
    _case("another name", "vkey_ed25519", KEY, _replace("vectors", "vector5")),
    _case("no name", "vkey_ed25519", KEY, _replace("log.example/vectors", "")),
    _case("a space in the name", "vkey_ed25519", KEY, _replace("/vectors", "/ vectors")),
    _case("a wide space in the name", "vkey_ed25519", KEY, _replace("/vectors", "/\u3000vectors")),
    _case("a plus in the name", "vkey_ed25519", KEY, _replace("/vectors", "+vectors")),
    _case("another type", "vkey_ed25519", KEY, _replace("+AQO", "+BAO")),
    _case("an unassigned type", "vkey_ed25519", KEY, _replace("+AQO", "+BwO")),
    _case(
        "a point of small order",
        "vkey_ed25519",
        KEY,
        _replace("QOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", "Q" + "A" * 42),
    ),
    _case("a key cut short", "vkey_mldsa44", KEY, {"cut": 4}),
    _case("a key too long", "vkey_ed25519", KEY, {"append": "AAAA"}),
    _case("a newline behind it", "vkey_cosignature", KEY, {"append": "\n"}),
    _case("another identifier", "vkey_sm2", KEY, _replace("/21lbm", "/21lbn")),
    _case("a point off the curve", "vkey_sm2", KEY, _replace("Z1zU5", "Z1zU6")),
    _case("a public key in its place", "log_keys", KEY, _replace("PRIVATE+KEY+", "")),
    _case("a false id of a secret", "log_keys", KEY, _replace("+74538357+", "+74538358+")),
    _case("a changed secret", "log_keys", KEY, _replace("+AQABAgME", "+AQABAgMF")),
    _case("a secret twice", "log_keys", KEY, {"repeat": "PRIVATE+KEY+log.example/vectors+74538357"}),
    _case("a blank line", "log_keys", KEY, {"append": "\n"}),
    _case("carriage returns", "witness_keys", KEY, _replace("\n", "\r\n")),
    _case("two names in a ring", "log_keys", KEY, {"append": WITNESS_SECRET}),
    _case("no last newline", "log_keys", None, {"cut": 1}),
    _case(
        "another order",
        "witness_keys",
        None,
        {"swap": [f"PRIVATE+KEY+witness.example/north+{one}" for one in ("a9ee2451", "c3d401b3")]},
    ),
]
OF_TEXTS: Final = [
    _case("a missing final newline", "checkpoint_text", CHECKPOINT, {"cut": 1}),
    _case("a leading zero", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n0257\n")),
    _case("a plus before the size", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n+257\n")),
    _case("a negative size", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n-257\n")),
    _case("a size of 2^63", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n9223372036854775808\n")),
    _case("a size in full width", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n２５７\n")),
    _case("a size in hex", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n0x101\n")),
    _case("a space behind the size", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\n257 \n")),
    _case("an extension line", "checkpoint_text", CHECKPOINT, {"append": "extension\n"}),
    _case("an empty line behind", "checkpoint_text", CHECKPOINT, {"append": "\n"}),
    _case("no origin", "checkpoint_text", CHECKPOINT, _replace("log.example/vectors", "")),
    _case("no size", "checkpoint_text", CHECKPOINT, _replace("257\n", "")),
    _case("a root of 31 bytes", "checkpoint_text", CHECKPOINT, _replace("Bm3c=", "Bmw==")),
    _case("a root of 33 bytes", "checkpoint_text", CHECKPOINT, _replace("Bm3c=", "Bm3cA")),
    _case("a stray bit in the root", "checkpoint_text", CHECKPOINT, _replace("Bm3c=", "Bm3d=")),
    _case("a root without padding", "checkpoint_text", CHECKPOINT, _replace("Bm3c=", "Bm3c")),
    _case("a root in the alphabet of urls", "checkpoint_text", CHECKPOINT, _replace("Lv5U", "-v5U")),
    _case("carriage returns in the text", "checkpoint_text", CHECKPOINT, _replace("\n257\n", "\r\n257\r\n")),
    _case("the largest size", "checkpoint_text", None, _replace("\n257\n", "\n9223372036854775807\n")),
    _case("size 0", "checkpoint_text", None, _replace("\n257\n", "\n0\n")),
]
OF_NOTES: Final = [
    _case("a missing final newline of a note", "checkpoint", NOTE, {"cut": 1}),
    _case("no blank line", "checkpoint", NOTE, _replace("\n\n", "\n")),
    _case("two blank lines", "checkpoint", BAD, _replace("\n\n", "\n\n\n")),
    _case("a blank line at the end", "checkpoint", NOTE, {"append": "\n"}),
    _case("an en dash", "checkpoint", NOTE, _replace("— ", "– ")),
    _case("a hyphen", "checkpoint", NOTE, _replace("— ", "- ")),
    _case("two spaces", "checkpoint", NOTE, _replace("— ", "—  ")),
    _case("a space behind a signature", "checkpoint", NOTE, _replace("qdwM=\n", "qdwM= \n")),
    _case("a stray bit in a signature", "checkpoint", NOTE, _replace("qdwM=\n", "qdwN=\n")),
    _case("a signature without padding", "checkpoint", NOTE, _replace("qdwM=\n", "qdwM\n")),
    _case("a plus in a name", "checkpoint", NOTE, _replace("— log.example/", "— log+example/")),
    _case("a wide space in a name", "checkpoint", NOTE, _replace("— log.example/", "— log\u2003example/")),
    _case("a tab", "checkpoint", NOTE, _replace("257", "25\t7")),
    _case("a zero byte", "checkpoint", NOTE, _replace("257", "25\x007")),
    _case("bytes that are no utf-8", "checkpoint", NOTE, _hex("6c6f67", "6cff67")),
    _case("utf-8 of a surrogate", "checkpoint", NOTE, _hex("6c6f67", "eda080")),
    _case("a byte order mark", "checkpoint", BAD, _replace("log.", "\ufefflog.")),
    _case("another origin", "checkpoint", BAD, _replace("vectors\n", "vector5\n")),
    _case("another size", "checkpoint", BAD, _replace("\n257\n", "\n258\n")),
    _case("another root", "checkpoint", BAD, _replace("Lv5U", "Lv5V")),
    _case("an extension line in a signed text", "checkpoint", BAD, _replace("Bm3c=\n", "Bm3c=\nextension\n")),
    _case("a changed signature of ed25519", "checkpoint", BAD, _flip(ED, -1)),
    _case("a changed signature of ml-dsa-44", "checkpoint", BAD, _flip(PQ, -1)),
    _case("a changed signature of sm2", "checkpoint", BAD, _flip(SM2, -1)),
    _case("der with another length", "checkpoint", BAD, _flip(SM2, 5)),
    _case("a time changed by a second", "checkpoint", BAD, _flip(PQ, 11)),
    _case("a time of 2^63 and more", "checkpoint", BAD, _flip(PQ, 4, 0x80)),
    _case("key ids changed, so that nobody signed", "checkpoint", UNSIGNED, _flip(ED, 3), _flip(PQ, 3), _flip(SM2, 3)),
    _case("a broken second line of one key", "checkpoint", BAD, {"repeat": ED}, _flip(ED, -1)),
    _case("one key id changed, as of a stranger", "checkpoint", None, _flip(PQ, 3)),
    _case("a stranger's line", "checkpoint", None, {"append": STRANGER}),
    _case("lines in another order", "checkpoint", None, {"swap": [ED, PQ]}),
    _case("a line twice", "checkpoint", None, {"repeat": ED}),
    _case("one line dropped", "checkpoint", None, {"drop": ED}),
]
OF_COSIGNATURES: Final = [
    _case("a time changed of 0x04", "cosignatures", BAD, _flip(NORTH, 11)),
    _case("a time changed of 0x06", "cosignatures", BAD, _flip(NORTH_PQ, 11)),
    _case("no time of 0x04", "cosignatures", BAD, *NO_TIME),
    _case("no time of 0x06", "cosignatures", BAD, *NO_TIME_PQ),
    _case("a changed cosignature", "cosignatures", BAD, _flip(SOUTH, -1)),
    _case(
        "a cosignature of the earlier checkpoint",
        "cosignatures",
        BAD,
        {"put": ["cosignatures", "earlier_cosignatures"]},
    ),
    _case("the cosignatures of a log", "cosignatures", UNSIGNED, {"put": ["cosignatures", "log_lines"]}),
    _case("no cosignature", "cosignatures", NOTE, {"drop": NORTH}, {"drop": NORTH_PQ}, {"drop": SOUTH}),
    _case("cosignatures behind a blank line", "cosignatures", NOTE, _replace(NORTH, f"\n{NORTH}")),
    _case("a key id alone", "cosignatures", NOTE, {"append": "— stranger.example AAAAAA==\n"}),
    _case("a carriage return", "cosignatures", NOTE, _replace("\n", "\r\n")),
    _case("cosignatures in another order", "cosignatures", None, {"swap": [NORTH, SOUTH]}),
    _case("a cosignature of a stranger", "cosignatures", None, {"append": STRANGER}),
]
OF_POLICIES: Final = [
    _case("no quorum line", "policy", POLICY, {"drop": "quorum"}),
    _case("two quorum lines", "policy", POLICY, {"repeat": "quorum"}),
    _case("a quorum before its group", "policy", POLICY, {"swap": ["quorum", "group both"]}),
    _case("a quorum of nobody known", "policy", POLICY, _replace("quorum both", "quorum all")),
    _case("a missing last newline of a policy", "policy", POLICY, {"cut": 1}),
    _case("a carriage return in a policy", "policy", POLICY, _replace("quorum both\n", "quorum both\r\n")),
    _case("a control character in a comment", "policy", POLICY, _replace("# who", "# \x1bwho")),
    _case("a log twice", "policy", POLICY, {"repeat": "log log.example/vectors+74538357"}),
    _case("a witness twice", "policy", POLICY, {"repeat": "witness north "}),
    _case(
        "a witness's key under another name",
        "policy",
        POLICY,
        {"repeat": "witness north "},
        _replace("witness north ", "witness west "),
    ),
    _case("a log for a witness", "policy", POLICY, _replace("witness north ", "log ")),
    _case("a witness named none", "policy", POLICY, _replace("witness north ", "witness none ")),
    _case("a member in two groups", "policy", POLICY, {"append": "group more any north\n"}),
    _case("a member twice in a group", "policy", POLICY, _replace("any north north-pq", "any north north")),
    _case("a group of a stranger", "policy", POLICY, _replace("any north north-pq", "any north west")),
    _case("a group of itself", "policy", POLICY, _replace("both all north-any 南", "both all north-any both")),
    _case("a threshold of 0", "policy", POLICY, _replace("both all", "both 0")),
    _case("a threshold above the members", "policy", POLICY, _replace("both all", "both 3")),
    _case("a threshold with a leading zero", "policy", POLICY, _replace("both all", "both 02")),
    _case("a group without members", "policy", POLICY, {"append": "group more any\n"}),
    _case("an unknown line", "policy", POLICY, {"append": "mirror north\n"}),
    _case("a false id in a policy", "policy", POLICY, _replace("+a9ee2451+", "+a9ee2452+")),
    _case("a space that is not ascii", "policy", POLICY, _replace("quorum both", "quorum\u00a0both")),
    _case("tabs, comments and blank lines", "policy", None, _replace("quorum both", "\t \n # all\nquorum\t both \t")),
    _case("octets that are no utf-8 in a name", "policy", None, _hex("e58d97", "ff"), _hex("e58d97", "ff")),
]
OF_PUBLISHED: Final = [
    _case("no cosignature of the south", "published", QUORUM, {"drop": SOUTH}),
    _case("no cosignature of the north", "published", QUORUM, {"drop": NORTH}, {"drop": NORTH_PQ}),
    _case("a cosignature of a stranger in the place of one", "published", QUORUM, _flip(SOUTH, 0)),
    _case("a changed cosignature in a checkpoint", "published", BAD, _flip(SOUTH, -1)),
    _case("a changed cosignature that nobody needs", "published", BAD, _flip(NORTH_PQ, -1)),
    _case("cosigned but not signed", "published", UNSIGNED, {"drop": ED}, {"drop": PQ}, {"drop": SM2}),
    _case("of another log", "published", OTHER_LOG, _replace("log.example/vectors\n", "log.example/others\n")),
    _case("no text of a checkpoint", "published", CHECKPOINT, _replace("\n257\n", "\n0257\n")),
    _case("another size of a cosigned checkpoint", "published", BAD, _replace("\n257\n", "\n256\n")),
    _case("one of the north is enough", "published", None, {"drop": NORTH}),
    _case("one key of the log is enough", "published", None, {"drop": ED}, {"drop": SM2}),
    _case("an earlier checkpoint", "published", None, {"put": ["published", "earlier"]}),
]
OF_PROOFS: Final = [
    _case("another version", "proof", PROOF, _replace("@v1", "@v2")),
    _case("a blank line before", "proof", PROOF, _replace("c2sp", "\nc2sp")),
    _case("an index with a leading zero", "proof", PROOF, _replace("index 1", "index 01")),
    _case("an index with a plus", "proof", PROOF, _replace("index 1", "index +1")),
    _case("an index of 2^63", "proof", PROOF, _replace("index 1", "index 9223372036854775808")),
    _case("no index", "proof", PROOF, {"drop": "index"}),
    _case("the extra data twice", "proof", PROOF, {"repeat": "extra"}),
    _case("the extra data behind the index", "proof", PROOF, {"swap": ["extra", "index"]}),
    _case("a stray bit in the extra data", "proof", PROOF, _replace("LCJ2IjoxfQ==\n", "LCJ2IjoxfR==\n")),
    _case("a stray bit in a hash", "proof", PROOF, _replace("rsY0=", "rsY1=")),
    _case("a hash of 31 bytes", "proof", PROOF, _replace("rsY0=", "rsQ==")),
    _case("a hash of 33 bytes", "proof", PROOF, _replace("rsY0=", "rsY0A")),
    _case("an empty hash", "proof", CHECKPOINT, _replace(SIBLING, "")),
    _case("the next index", "proof", PROVEN, _replace("index 1\n", "index 2\n")),
    _case("index 0", "proof", PROVEN, _replace("index 1\n", "index 0\n")),
    _case("an index beyond the size", "proof", PROVEN, _replace("index 1\n", "index 257\n")),
    _case("one hash less", "proof", PROVEN, {"drop": SIBLING}),
    _case("one hash more", "proof", PROVEN, {"repeat": SIBLING}),
    _case("swapped hashes", "proof", PROVEN, {"swap": [SIBLING, "Oqz/"]}),
    _case("a changed hash", "proof", PROVEN, _flip(SIBLING, 0)),
    _case("another entry", "proof", PROVEN, _flip("extra", 0)),
    _case("no entry", "proof", NO_ENTRY, {"drop": "extra"}),
    _case("an empty entry", "proof", PROVEN, {"drop": "extra"}, _replace("index", "extra \nindex")),
    _case("under another checkpoint", "proof", PROVEN, {"put": ["published", "earlier"]}),
    _case("under a checkpoint nobody cosigned", "proof", QUORUM, {"put": ["published", "checkpoint"]}),
    _case("under a changed root", "proof", BAD, _replace(ROOT, "Lv5V" + ROOT[4:])),
    _case("without a checkpoint", "proof", NOTE, {"put": ["published", "checkpoint_text"]}),
    _case("cut short by a byte", "proof", NOTE, {"cut": 1}),
    _case("a stranger's line under a proof", "proof", None, {"append": STRANGER}),
]
OF_CONSISTENCY: Final = [
    _case("from another size", "add_checkpoint", PROVEN, _replace("old 255", "old 254")),
    _case("from the new size", "add_checkpoint", PROVEN, _replace("old 255", "old 257")),
    _case("from a larger size", "add_checkpoint", PROVEN, _replace("old 255", "old 258")),
    _case("from nothing, with a proof", "add_checkpoint", PROVEN, _replace("old 255", "old 0")),
    _case("one hash less between sizes", "add_checkpoint", PROVEN, {"drop": "3sDT"}),
    _case("one hash more between sizes", "add_checkpoint", PROVEN, {"repeat": "0+Bv"}),
    _case("swapped hashes between sizes", "add_checkpoint", PROVEN, {"swap": ["3sDT", "ZV/A"]}),
    _case("a changed hash between sizes", "add_checkpoint", PROVEN, _flip("0+Bv", 31)),
    _case("a hash of 31 bytes between sizes", "add_checkpoint", SUBMISSION, _replace("Qrw8=", "Qrw==")),
]
OF_SUBMISSIONS: Final = [
    _case("an old size with a leading zero", "add_checkpoint", SUBMISSION, _replace("old 255", "old 0255")),
    _case("an old size with a plus", "add_checkpoint", SUBMISSION, _replace("old 255", "old +255")),
    _case("an old size of 2^63", "add_checkpoint", SUBMISSION, _replace("old 255", "old 9223372036854775808")),
    _case("no old size", "add_checkpoint", SUBMISSION, {"drop": "old"}),
    _case("a stray bit between sizes", "add_checkpoint", SUBMISSION, _replace("Qrw8=", "Qrw9=")),
    _case("64 lines of proof", "add_checkpoint", SUBMISSION, *[{"repeat": "0+Bv"}] * 54),
    _case("63 lines of proof", "add_checkpoint", PROVEN, *[{"repeat": "0+Bv"}] * 53),
    _case("no blank line before the checkpoint", "add_checkpoint", SUBMISSION, _replace("\n\n", "\n")),
    _case("a changed signature submitted", "add_checkpoint", BAD, _flip(ED, -1)),
]
OF_TILES: Final = [
    _case("an index not padded", "tile_path", TILE, _replace("067", "67")),
    _case("an x less", "tile_path", TILE, _replace("x001", "001")),
    _case("zeros in front", "tile_path", TILE, _replace("x001", "x000/x001")),
    _case("a level with a leading zero", "tile_path", TILE, _replace("tile/0", "tile/00")),
    _case("level 64", "tile_path", TILE, _replace("tile/0", "tile/64")),
    _case("a width of 0", "tile_path", TILE, _replace(".p/9", ".p/0")),
    _case("a width of 256", "tile_path", TILE, _replace(".p/9", ".p/256")),
    _case("a width with a leading zero", "tile_path", TILE, _replace(".p/9", ".p/09")),
    _case("no width", "tile_path", TILE, _replace(".p/9", ".p/")),
    _case("digits that are not ascii", "tile_path", TILE, _replace("067", "٠٦٧")),
    _case("a way out", "tile_path", TILE, _replace("x001", "..")),
    _case("a newline behind a path", "tile_path", TILE, {"append": "\n"}),
    _case("level 63", "tile_path", None, _replace("tile/0", "tile/63")),
    _case("a full tile", "tile_path", None, _replace(".p/9", "")),
    _case("a bundle cut short", "bundle", TILE, {"cut": 2}),
    _case("half a length behind a bundle", "bundle", TILE, {"append": "00"}),
    _case("a length without an entry", "bundle", TILE, {"append": "0001"}),
    _case("a longer length", "bundle", TILE, _replace("000364", "000464")),
    _case("more than 256 entries", "bundle", TILE, {"append": "0000" * 253}),
    _case("an entry of no bytes behind", "bundle", None, {"append": "0000"}),
]
OF_MIRRORS: Final = [
    _case("an origin without a byte", "add_entries", UPLOAD, _replace("0013", "0000")),
    _case("an origin that is not utf-8", "add_entries", UPLOAD, _replace("00136c", "0013ff")),
    _case("an end before its beginning", "add_entries", UPLOAD, _replace("0000000000000101", "0000000000000001")),
    _case("an end of 2^63", "add_entries", UPLOAD, _replace("0000000000000101", "8000000000000000")),
    _case("64 hashes of proof", "add_entries", UPLOAD, _replace("7d01", "7d40")),
    _case("a changed entry", "add_entries", PROVEN, _replace("000e7b226e", "000e7b226f")),
    _case("a changed hash of proof", "add_entries", PROVEN, _replace("7d01", "7d01ff")),
    _case("a hash less", "add_entries", PROVEN, _replace("7d01", "7d00")),
    _case("bytes behind the last package", "add_entries", None, {"append": "ff"}),
    _case("a size with a leading zero", "mirror_info", INFO, _replace("257", "0257")),
    _case("a next entry below nothing", "mirror_info", INFO, _replace("254", "-1")),
    _case("a size of 2^63", "mirror_info", INFO, _replace("257", "9223372036854775808")),
    _case("a ticket that is not base64", "mirror_info", INFO, _replace("AHRpY2tldA==", "AHRpY2tldA=")),
    _case("no last newline", "mirror_info", INFO, {"cut": 1}),
    _case("a fourth line", "mirror_info", INFO, {"append": "257\n"}),
    _case("no ticket", "mirror_info", None, _replace("AHRpY2tldA==", "")),
]
OF_JOURNALS: Final = [
    _case("another version", "journal", JOURNAL, _replace("/v1", "/v2")),
    _case("no version", "journal", JOURNAL, {"drop": "mengkeju/journal"}),
    _case("a size with a leading zero in the journal", "journal", JOURNAL, _replace("\n257\n", "\n0257\n")),
    _case("a root cut short", "journal", JOURNAL, _replace(ROOT, ROOT[4:])),
    _case("a time without its zone", "journal", JOURNAL, _replace("000000Z", "000000")),
    _case("a time in another zone", "journal", JOURNAL, _replace("000000Z", "000000+08:00")),
    _case("no time", "journal", JOURNAL, {"cut": 28}),
    _case("no newline behind the time", "journal", JOURNAL, {"cut": 1}),
    _case("a line behind the time", "journal", JOURNAL, {"append": "257\n"}),
]
CASES: Final = [
    *OF_KEYS,
    *OF_TEXTS,
    *OF_NOTES,
    *OF_COSIGNATURES,
    *OF_POLICIES,
    *OF_PUBLISHED,
    *OF_PROOFS,
    *OF_CONSISTENCY,
    *OF_SUBMISSIONS,
    *OF_TILES,
    *OF_MIRRORS,
    *OF_JOURNALS,
]
