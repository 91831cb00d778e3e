"""SM2 with SM3 over the text of a note (国密: GB/T 32918, GM/T 0009), a type of our own under 0xff.

After the type byte come an identifier that nobody else will use and the point, X and Y. The signature is the DER
sequence of r and s in its one form, over the digest of Z and the text with the customary identity of the signer, so
that any SM2 tool can check it. The library comes for Linux on x86-64; elsewhere every use refuses `NoSm2`.
"""

from importlib import import_module
from types import ModuleType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from ledger.kernel.errors import Kind, Refusal

IDENTIFIER: Final = b"mengkeju/sm2-with-sm3/v1\n"
POINT_BYTES: Final = 64
SECRET_BYTES: Final = 32
MAX_SIGNATURE_BYTES: Final = 72  # a sequence of two integers of 33 bytes
FIELD: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
CURVE_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
IDENTITY: Final = b"1234567812345678"  # GM/T 0009-2012 section 10, the default


class NoSm2(Refusal):
    """SM2 cannot be computed on this machine."""

    kind = Kind.UNAVAILABLE
    zh = "本机无法进行 SM2 运算"


def is_available() -> bool:
    """Whether SM2 can be computed here."""
    try:
        _library()
    except NoSm2:
        return False
    return True


def is_public(public: bytes) -> bool:
    """Whether `public` has the form of a public key of this type, and its point is on the curve."""
    return public.startswith(IDENTIFIER) and is_point(public[len(IDENTIFIER) :])


def is_point(point: bytes) -> bool:
    """Whether X and Y are coordinates of the curve sm2p256v1, y^2 = x^3 - 3x + b (GB/T 32918.5)."""
    x, y = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    return len(point) == POINT_BYTES and max(x, y) < FIELD and (y * y - x * x * x + 3 * x - CURVE_B) % FIELD == 0


def is_secret(secret: bytes) -> bool:
    """Whether this is a number that signs and a point. Not checked: that the point is the number's."""
    number = int.from_bytes(secret[:SECRET_BYTES], "big")
    return len(secret) == SECRET_BYTES + POINT_BYTES and 0 < number < ORDER - 1 and is_point(secret[SECRET_BYTES:])


def verify(_name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's over `text`. Refuses `NoSm2`: what cannot be checked is not called wrong."""
    library = _library()
    if not (is_public(public) and _is_strict(signature)):
        return False
    return bool(library.sm2_verify(public[len(IDENTIFIER) :], text, signature, IDENTITY))


def generate() -> bytes:
    """Return a new secret: the number and the point. Refuses `NoSm2`."""
    point, number = _library().sm2_key_generate()
    return bytes(number) + bytes(point)


def sign(secret: bytes, text: bytes) -> bytes:
    """Return the signature of `secret` over `text`. Refuses `NoSm2`."""
    return bytes(_library().sm2_sign(secret[:SECRET_BYTES], secret[SECRET_BYTES:], text, IDENTITY))


def _library() -> ModuleType:
    try:
        return import_module("gmssl_pyx")  # there is no such library for every machine
    except ImportError as cause:
        raise NoSm2("its library comes for Linux on x86-64; use such a machine, or a key of another type") from cause


def _is_strict(signature: bytes) -> bool:
    """Whether the signature is DER in its one form, of two numbers below the order."""
    if len(signature) > MAX_SIGNATURE_BYTES:
        return False
    try:
        r, s = decode_dss_signature(signature)
        return 0 < r < ORDER and 0 < s < ORDER and encode_dss_signature(r, s) == signature
    except ValueError:
        return False
