"""Time stamps by RFC 3161: what an authority may answer, and what other people's tools make of what we keep."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.log import remote
from ledger.log.remote import Authority, authority
from ledger.log.remote.authority import MAX_TOKEN_BYTES
from tests import make_authority
from tests.make_authority import Answer
from tests.make_log import Log

TEXT = Log().checkpoint.decode().split("\n\n")[0] + "\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    make_authority.require_openssl()
    with make_authority.serving(make_authority.make(tmp_path_factory.mktemp("tsa") / "local")) as local:
        yield local


@pytest.fixture
def local(served):
    served.answers = None
    served.asked.clear()
    return served


@pytest.fixture
def client(local):
    client = Authority(local.url, roots=local.roots, timeout_s=5)
    yield client
    client.close()


@pytest.fixture(scope="module")
def kept(served):
    """A token as it was kept, from an honest authority."""
    served.answers = None
    client = Authority(served.url, roots=served.roots)
    yield client.stamp(TEXT, at=now()).token
    client.close()


def now():
    return datetime.now(UTC)


def asked_openssl(local, folder, token, text, *more):
    """Whether openssl accepts a token over a text, as a regulator would ask it."""
    (folder / "token.tsr").write_bytes(token)
    (folder / "text").write_text(text)
    command = ["openssl", "ts", "-verify", "-data", folder / "text", "-in", folder / "token.tsr", *more]
    done = subprocess.run([*command, "-CAfile", local.roots_file], capture_output=True, check=False)
    return done.returncode == 0


class TestStamp:
    def test_returns_a_token_of_this_moment(self, client, local):
        before = now().replace(microsecond=0)
        stamped = client.stamp(TEXT, at=now())
        assert before <= stamped.at <= now()
        assert remote.verify_token(stamped.token, TEXT, local.roots) == stamped.at

    def test_asks_with_a_new_nonce_each_time_and_for_the_certificate(self, client, local):
        client.stamp(TEXT, at=now())
        client.stamp(TEXT, at=now())
        printed = [make_authority.openssl("ts", "-query", "-in", _file(local, one), "-text") for one in local.asked]
        assert all(b"Certificate required: yes" in one and b"Hash Algorithm: sha512" in one for one in printed)
        nonces = [one.split(b"Nonce: ")[1].split(b"\n")[0] for one in printed]
        assert len(set(nonces)) == 2

    def test_keeps_what_openssl_accepts_and_refuses_over_another_text(self, client, local, tmp_path):
        token = client.stamp(TEXT, at=now()).token
        assert asked_openssl(local, tmp_path, token, TEXT)
        assert not asked_openssl(local, tmp_path, token, TEXT.replace("\n1\n", "\n2\n"))

    def test_keeps_a_token_that_openssl_accepts_by_itself_too(self, client, local, tmp_path):
        (tmp_path / "whole").write_bytes(client.stamp(TEXT, at=now()).token)
        alone = make_authority.openssl("ts", "-reply", "-in", tmp_path / "whole", "-token_out")
        assert asked_openssl(local, tmp_path, alone, TEXT, "-token_in")

    def test_accepts_a_certificate_that_was_valid_then(self, client, local):
        local.answers = lambda query: Answer(local.forged(query, signer="early"))
        assert abs(client.stamp(TEXT, at=now()).at - now()) < timedelta(minutes=1)


class TestStampRefuses:
    @pytest.mark.parametrize("signer", ["expired", "web", "plain", "loose"])
    def test_a_certificate_that_may_not_stamp(self, client, local, signer):
        local.answers = lambda query: Answer(local.forged(query, signer=signer))
        with pytest.raises(remote.TokenNotValid, match="does not hold"):
            client.stamp(TEXT, at=now())

    def test_roots_that_did_not_vouch(self, local, tmp_path):
        client = Authority(local.url, roots=make_authority.make(tmp_path / "other").roots)
        with pytest.raises(remote.TokenNotValid):
            client.stamp(TEXT, at=now())
        client.close()

    def test_an_answer_to_another_question(self, client, local):
        client.stamp(TEXT, at=now())
        earlier = local.reply(local.asked[0])
        local.answers = lambda _: Answer(earlier)
        with pytest.raises(remote.TokenNotValid, match="Nonce"):
            client.stamp(TEXT, at=now())

    def test_a_token_over_another_text(self, client, local):
        imprint = bytes.fromhex("0440")

        def other(says: bytes) -> bytes:
            at = says.index(imprint) + 2
            return says[:at] + bytes(64) + says[at + 64 :]

        local.answers = lambda query: Answer(local.forged(query, change=other))
        with pytest.raises(remote.TokenNotValid, match="Mismatch"):
            client.stamp(TEXT, at=now())

    def test_a_time_that_is_not_about_ours(self, client):
        with pytest.raises(remote.TokenNotValid, match="one is wrong"):
            client.stamp(TEXT, at=now() + timedelta(minutes=6))
        with pytest.raises(remote.TokenNotValid, match="one is wrong"):
            client.stamp(TEXT, at=now() - timedelta(minutes=6))
        client.stamp(TEXT, at=now() + timedelta(minutes=4))

    def test_a_rejection_with_the_authority_s_reason(self, client, local):
        rejected = b"\x30\x0e\x30\x0c\x02\x01\x02\x30\x07\x0c\x05\xe5\xbf\x99no"
        local.answers = lambda _: Answer(rejected)
        with pytest.raises(remote.AuthorityRefused, match=r"rejected \(no\)"):
            client.stamp(TEXT, at=now())

    @pytest.mark.parametrize("content", [b"", b"\x30", b"\x30\x00", b"0" * 4000, b"<html>", bytes(range(256))])
    def test_garbage(self, client, local, content):
        local.answers = lambda _: Answer(content)
        with pytest.raises(remote.TokenNotValid):
            client.stamp(TEXT, at=now())

    def test_a_huge_answer_before_it_is_read_whole(self, client, local):
        local.answers = lambda _: Answer(bytes(MAX_TOKEN_BYTES + 1))
        with pytest.raises(remote.AuthorityRefused, match="more than 65536 bytes"):
            client.stamp(TEXT, at=now())

    @pytest.mark.parametrize("status", [201, 404, 500, 503])
    def test_any_other_status(self, client, local, status):
        local.answers = lambda query: Answer(local.reply(query), status=status)
        with pytest.raises(remote.AuthorityRefused, match=f"answers {status}"):
            client.stamp(TEXT, at=now())

    def test_to_be_sent_elsewhere(self, client, local):
        local.answers = lambda query: Answer(local.reply(query), status=307, headers={"Location": local.url})
        with pytest.raises(remote.AuthorityRefused, match="answers 307"):
            client.stamp(TEXT, at=now())
        assert len(local.asked) == 1

    def test_another_type_of_answer(self, client, local):
        local.answers = lambda query: Answer(local.reply(query), media_type="text/html")
        with pytest.raises(remote.AuthorityRefused, match="text/html instead of"):
            client.stamp(TEXT, at=now())

    def test_nobody_at_the_address(self, local):
        client = Authority("http://127.0.0.1:9/", roots=local.roots, timeout_s=1)
        with pytest.raises(remote.AuthorityUnreachable, match="does not answer"):
            client.stamp(TEXT, at=now())
        client.close()

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "nowhere", "http://[", ""])
    def test_an_address_that_is_none(self, local, url):
        client = Authority(url, roots=local.roots, timeout_s=1)
        with pytest.raises(remote.AuthorityUnreachable):
            client.stamp(TEXT, at=now())
        client.close()

    def test_silence(self, local):
        client = Authority(local.url, roots=local.roots, timeout_s=0.2)
        local.answers = lambda query: Answer(local.reply(query), headers={"Content-Length": "9000"})
        with pytest.raises(remote.AuthorityUnreachable):
            client.stamp(TEXT, at=now())
        client.close()


class TestVerifyToken:
    def test_says_when(self, kept, local):
        assert abs(remote.verify_token(kept, TEXT, local.roots) - now()) < timedelta(minutes=5)

    def test_refuses_another_text(self, kept, local):
        with pytest.raises(remote.TokenNotValid, match="Mismatch"):
            remote.verify_token(kept, TEXT + "\n", local.roots)

    def test_refuses_without_roots(self, kept):
        with pytest.raises(remote.TokenNotValid, match="no root"):
            remote.verify_token(kept, TEXT, [])

    def test_refuses_what_is_too_long(self, local):
        with pytest.raises(remote.TokenNotValid, match="at most"):
            remote.verify_token(bytes(MAX_TOKEN_BYTES + 1), TEXT, local.roots)

    def test_refuses_every_beginning_of_itself(self, kept, local):
        for length in range(0, len(kept), 11):
            with pytest.raises(remote.TokenNotValid):
                remote.verify_token(kept[:length], TEXT, local.roots)

    @settings(max_examples=300)
    @given(data=st.data())
    def test_accepts_an_altered_token_only_where_openssl_does(self, kept, served, tmp_path_factory, data):
        """The version of a signature, say, is covered by nothing."""
        at = data.draw(st.integers(0, len(kept) - 1))
        altered = kept[:at] + bytes([kept[at] ^ 1 << data.draw(st.integers(0, 7))]) + kept[at + 1 :]
        try:
            said = remote.verify_token(altered, TEXT, served.roots)
        except remote.TokenNotValid:
            return
        assert said == remote.verify_token(kept, TEXT, served.roots)
        assert asked_openssl(served, tmp_path_factory.getbasetemp(), altered, TEXT)

    @settings(max_examples=300)
    @given(content=st.binary(max_size=300))
    def test_refuses_bytes_of_any_kind(self, content, served):
        with pytest.raises(remote.TokenNotValid):
            remote.verify_token(content, TEXT, served.roots)


class TestLoadRoots:
    def test_reads_a_file_of_certificates(self, local, tmp_path):
        (tmp_path / "two.pem").write_bytes(local.roots_file.read_bytes() * 2)
        assert authority.load_roots(tmp_path / "two.pem") == (*local.roots, *local.roots)

    @pytest.mark.parametrize(
        "content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\xff"]
    )
    def test_refuses_anything_else_by_its_name(self, tmp_path, content):
        (tmp_path / "roots.pem").write_bytes(content)
        with pytest.raises(remote.NoRoots, match="holds no certificates"):
            authority.load_roots(tmp_path / "roots.pem")

    def test_refuses_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(remote.NoRoots, match="No such file"):
            authority.load_roots(tmp_path / "roots.pem")


def _file(local, content):
    file = local.folder / "asked.tsq"
    file.write_bytes(content)
    return file
