"""What goes to witnesses and mirrors: the published examples byte for byte, and nothing that merely resembles them."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ledger.log import submissions
from ledger.log.lines import decode_base64, encode_base64
from ledger.log.submissions import (
    Header,
    Info,
    NotAnUpload,
    NotASubmission,
    NotMirrorInfo,
    Package,
    Reader,
    Submission,
)

HASHES = [
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=",
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=",
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=",
]
SIGNATURE = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
CHECKPOINT = f"""\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa {SIGNATURE}
"""
EXAMPLE = "\n".join(["old 20852014", *HASHES, "", CHECKPOINT]).encode()  # of C2SP tlog-witness

hashes = st.binary(min_size=32, max_size=32)
sizes = st.integers(0, 2**63 - 1)


class TestParse:
    def test_reads_the_example_of_the_specification(self):
        found = submissions.parse(EXAMPLE)

        assert found.old_size == 20852014
        assert [encode_base64(one) for one in found.proof] == HASHES
        assert found.checkpoint == CHECKPOINT.encode()
        assert bytes(found) == EXAMPLE

    @given(old_size=sizes, proof=st.lists(hashes, max_size=63), checkpoint=st.binary())
    def test_returns_what_was_written(self, old_size, proof, checkpoint):
        written = Submission(old_size=old_size, proof=tuple(proof), checkpoint=checkpoint)

        assert submissions.parse(bytes(written)) == written

    @pytest.mark.parametrize("old_size", ["0", "9", "10", str(2**63 - 1)])
    def test_reads_every_size_there_is(self, old_size):
        assert submissions.parse(f"old {old_size}\n\n".encode()).old_size == int(old_size)

    @pytest.mark.parametrize(
        "old_size", ["", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "１", str(2**63), "9" * 5000, "1\r"]
    )
    def test_refuses_any_other_size(self, old_size):
        with pytest.raises(NotASubmission):
            submissions.parse(f"old {old_size}\n\n{CHECKPOINT}".encode())

    @pytest.mark.parametrize(
        "line",
        [
            HASHES[0][:-1],
            HASHES[0] + "=",
            HASHES[0][:-2] + "x=",  # a stray bit
            " " + HASHES[0],
            HASHES[0] + "\r",
            HASHES[2].replace("+", "-").replace("/", "_"),
            encode_base64(bytes(31)),
            encode_base64(bytes(33)),
            "é",
        ],
    )
    def test_refuses_a_line_that_is_not_one_hash(self, line):
        with pytest.raises(NotASubmission):
            submissions.parse(f"old 1\n{line}\n\n{CHECKPOINT}".encode())

    @pytest.mark.parametrize(
        "content", [b"", b"\n", b"\n\n", b"old 1", b"old 1\n", b"Old 1\n\n", b"old\t1\n\n", b"1\n\n", b"\nold 1\n\n"]
    )
    def test_refuses_another_frame(self, content):
        with pytest.raises(NotASubmission):
            submissions.parse(content)

    def test_takes_63_lines_of_proof_and_no_more(self):
        line = f"{HASHES[0]}\n"

        assert len(submissions.parse(f"old 1\n{line * 63}\n".encode()).proof) == 63
        with pytest.raises(NotASubmission, match="63"):
            submissions.parse(f"old 1\n{line * 64}\n".encode())

    def test_refuses_more_than_a_submission_can_need(self):
        room = submissions.MAX_SUBMISSION_BYTES - len(b"old 1\n\n")

        assert submissions.parse(b"old 1\n\n" + bytes(room))
        with pytest.raises(NotASubmission):
            submissions.parse(b"old 1\n\n" + bytes(room + 1))

    @given(content=st.binary(max_size=200))
    def test_refuses_noise(self, content):
        with pytest.raises(NotASubmission):
            submissions.parse(content)

    @given(at=st.integers(0, len(EXAMPLE) - 1), byte=st.integers(0, 255))
    def test_reads_a_changed_example_only_as_what_it_then_says(self, at, byte):
        changed = EXAMPLE[:at] + bytes([byte]) + EXAMPLE[at + 1 :]
        try:
            found = submissions.parse(changed)
        except NotASubmission:
            return
        assert bytes(found) == changed


def upload(header: Header, packages: list[Package]) -> bytes:
    return bytes(header) + b"".join(map(bytes, packages))


def packed(header: Header, proof: tuple[bytes, ...] = (bytes(32),)) -> list[Package]:
    return [
        Package(start=start, entries=tuple(b"%d" % number for number in range(start, stop)), proof=proof)
        for start, stop in header.packages()
    ]


def read(content: bytes, step: int) -> list[object]:
    reader, found = Reader(), []
    for at in range(0, len(content), step):
        found += reader.feed(content[at : at + step])
    return found


class TestHeader:
    def test_is_written_as_the_specification_says(self):
        header = Header(origin="log.example", start=1, stop=258, ticket=b"t")

        assert bytes(header) == b"\0\x0blog.example" + b"\0" * 7 + b"\x01" + b"\0" * 6 + b"\x01\x02" + b"\0\x01t"

    @pytest.mark.parametrize(
        ("start", "stop", "expected"),
        [
            (0, 0, []),
            (7, 7, []),
            (0, 1, [(0, 1)]),
            (0, 256, [(0, 256)]),
            (0, 257, [(0, 256), (256, 257)]),
            (255, 257, [(255, 256), (256, 257)]),
            (300, 1000, [(300, 512), (512, 768), (768, 1000)]),
        ],
    )
    def test_cuts_packages_at_multiples_of_256(self, start, stop, expected):
        assert list(Header(origin="o", start=start, stop=stop).packages()) == expected


class TestPackage:
    def test_is_written_as_the_specification_says(self):
        package = Package(start=300, entries=(b"", b"ab"), proof=(b"\x07" * 32,))

        assert bytes(package) == b"\0\0" + b"\0\x02ab" + b"\x01" + b"\x07" * 32
        assert (package.stop, package.subtree) == (302, (256, 302))


class TestReader:
    @settings(max_examples=25)
    @given(start=st.integers(0, 600), length=st.integers(0, 400), step=st.sampled_from([1, 3, 1000, 10**6]))
    def test_returns_what_was_written_however_it_arrives(self, start, length, step):
        header = Header(origin="log.example/测试", start=start, stop=start + length, ticket=b"ticket")
        packages = packed(header)

        assert read(upload(header, packages), step) == [header, *packages]

    def test_knows_when_it_is_complete(self):
        header = Header(origin="o", start=0, stop=3)
        content = upload(header, packed(header))
        reader = Reader()

        list(reader.feed(content[:-1]))
        assert not reader.complete
        list(reader.feed(content[-1:]))
        assert reader.complete

    def test_does_not_look_at_what_follows_the_last_package(self):
        header = Header(origin="o", start=0, stop=3)
        reader = Reader()

        assert list(reader.feed(upload(header, packed(header)) + b"more")) == [header, *packed(header)]
        assert not list(reader.feed(bytes(1000)))
        assert not reader._buffer

    def test_holds_no_more_than_what_is_missing(self):
        header = Header(origin="o", start=0, stop=2**63 - 1)
        reader = Reader()
        list(reader.feed(bytes(header)))
        for _ in range(256):
            list(reader.feed(b"\xff\xff" + bytes(65_535)))
            assert len(reader._buffer) < 65_536 * 2

    @pytest.mark.parametrize(
        "content",
        [
            b"\0\0" + bytes(18),  # no origin
            b"\x01\0" + b"a" * 256,  # longer than a cosignature has room for
            b"\0\x01\xff",  # not UTF-8
            b"\0\x01o" + (2).to_bytes(8, "big") + (1).to_bytes(8, "big"),  # ends before it begins
            b"\0\x01o" + bytes(8) + (2**63).to_bytes(8, "big"),
        ],
    )
    def test_refuses_a_header_that_makes_no_sense(self, content):
        with pytest.raises(NotAnUpload):
            list(Reader().feed(content))

    def test_takes_63_hashes_and_no_more(self):
        header = Header(origin="o", start=0, stop=1)
        most = bytes(Package(start=0, entries=(b"",), proof=(bytes(32),) * 63))

        assert len(read(bytes(header) + most, 10**6)) == 2
        with pytest.raises(NotAnUpload, match="63"):
            read(bytes(header) + b"\0\0" + b"\x40", 10**6)

    @given(content=st.binary(max_size=400), step=st.integers(1, 400))
    def test_refuses_noise_or_finds_only_what_it_says(self, content, step):
        try:
            found = read(content, step)
        except NotAnUpload:
            return
        assert content.startswith(b"".join(map(bytes, found)))


class TestInfo:
    def test_is_written_as_the_specification_says(self):
        assert bytes(Info(size=256, next_entry=12, ticket=b"\0\x01")) == b"256\n12\nAAE=\n"
        assert bytes(Info(size=0, next_entry=0)) == b"0\n0\n\n"

    @given(size=sizes, next_entry=sizes, ticket=st.binary(max_size=70_000 // 8))
    def test_is_read_as_it_was_written(self, size, next_entry, ticket):
        info = Info(size=size, next_entry=next_entry, ticket=ticket)

        assert submissions.parse_info(bytes(info)) == info

    def test_has_room_for_the_longest_ticket(self):
        info = Info(size=2**63 - 1, next_entry=2**63 - 1, ticket=bytes(65_535))

        assert submissions.parse_info(bytes(info)) == info

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"1\n2\n",
            b"1\n2\n\n\n",
            b"01\n2\n\n",
            b"1\n-2\n\n",
            b"1\n2\nAA\n",
            b"1\n2\nAAF=\n",
            b"1\n9223372036854775808\n\n",
            b"1\n2\n\xff\n",
            b"1\n2\n" + b"A" * 100_000 + b"\n",
        ],
    )
    def test_refuses_another_form(self, content):
        with pytest.raises(NotMirrorInfo):
            submissions.parse_info(content)


def test_the_example_has_hashes_of_32_bytes():
    assert all(len(decode_base64(one)) == 32 for one in HASHES)
