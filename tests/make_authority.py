"""A time stamp authority of our own making: certificates by `cryptography`, tokens by `openssl ts`, over real HTTP.

`LocalAuthority` is honest until a test puts another function in `answers`.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

REPLY = "application/timestamp-reply"
CONFIG = """\
[tsa]
default_tsa = local
[local]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
"""


def require_openssl() -> None:
    """Skip without the openssl program; where every verifier must run, fail."""
    if shutil.which("openssl") is None:
        if os.environ.get("MENGKEJU_INTEROP") == "1":
            pytest.fail("openssl is not installed, and MENGKEJU_INTEROP=1 allows no skip")
        pytest.skip("the openssl program is not installed: it plays the time stamp authority here")


def openssl(*arguments: str | Path, content: bytes | None = None) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], input=content, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode(errors="replace"))
    return done.stdout


@dataclass
class Answer:
    """What the authority sends back."""

    content: bytes
    status: int = 200
    media_type: str = REPLY
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class LocalAuthority:
    """A certificate authority, a time stamp authority under it, and how the latter answers."""

    folder: Path
    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    answers: Callable[[bytes], Answer] | None = None

    @property
    def roots_file(self) -> Path:
        return self.folder / "roots.pem"

    @property
    def roots(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.roots_file.read_bytes())

    def reply(self, query: bytes) -> bytes:
        """Answer as an honest authority does."""
        (self.folder / "query.tsq").write_bytes(query)
        openssl(
            *("ts", "-reply", "-config", self.folder / "tsa.cnf", "-queryfile", self.folder / "query.tsq"),
            *("-out", self.folder / "reply.tsr"),
        )
        return (self.folder / "reply.tsr").read_bytes()

    def forged(self, query: bytes, *, signer: str = "tsa", change: Callable[[bytes], bytes] = bytes) -> bytes:
        """Answer with the key of `signer`, and with what the honest answer says changed."""
        self.reply(query)
        token = openssl("ts", "-reply", "-in", self.folder / "reply.tsr", "-token_out")
        says = openssl("cms", "-verify", "-noverify", "-inform", "DER", content=token)
        (self.folder / "says.der").write_bytes(change(says))
        signed = openssl(
            *("cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER"),
            *("-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", self.folder / "says.der"),
            *("-signer", self.folder / f"{signer}.pem", "-inkey", self.folder / f"{signer}.key"),
        )
        granted = bytes.fromhex("3003020100")
        return b"\x30\x82" + (len(granted) + len(signed)).to_bytes(2, "big") + granted + signed

    def answer(self, query: bytes) -> Answer:
        self.asked.append(query)
        return self.answers(query) if self.answers else Answer(self.reply(query))


def make(folder: Path, *, key_usage: ExtendedKeyUsageOID | None = ExtendedKeyUsageOID.TIME_STAMPING) -> LocalAuthority:
    """Write the certificates of an authority: a root, one that may stamp, one that expired, one that may not stamp."""
    folder.mkdir()
    now = datetime.now(UTC)
    day = timedelta(days=1)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root", root_key, "Root", root_key, now - day, now + day, usage=None, ca=True)
    _write(folder / "roots.pem", root)
    chosen = {
        "tsa": (ExtendedKeyUsageOID.TIME_STAMPING, True, now - day, now + day),
        "expired": (ExtendedKeyUsageOID.TIME_STAMPING, True, now - 3 * day, now - day),
        "early": (ExtendedKeyUsageOID.TIME_STAMPING, True, now - 30 * day, now + day),
        "loose": (ExtendedKeyUsageOID.TIME_STAMPING, False, now - day, now + day),
        "web": (ExtendedKeyUsageOID.SERVER_AUTH, True, now - day, now + day),
        "plain": (None, True, now - day, now + day),
    }
    for name, (usage, critical, begins, ends) in chosen.items():
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(name, key, "Root", root_key, begins, ends, usage=usage, critical=critical)
        _write(folder / f"{name}.pem", made)
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    return LocalAuthority(folder)


@contextmanager
def serving(authority: LocalAuthority) -> Iterator[LocalAuthority]:
    """Serve the authority on a free port while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answer.status)
            for name, value in {
                "Content-Type": answer.media_type,
                "Content-Length": str(len(answer.content)),
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(name, key, issuer, issuer_key, begins, ends, *, usage, critical=True, ca=False) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _write(file: Path, certificate: x509.Certificate) -> None:
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
