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
IDENTITY: Final = b"1234567812345678"  # GM/T 0009-2012 section 10, the default


class NoSm2(Refusal):
    """SM2 cannot be computed on this machine."""

    kind = Kind.UNAVAILABLE
    zh = "本机无法进行 SM2 运算"


def is_public(public: bytes) -> bool:
    """Whether `public` has the form of a public key of this type."""
    return public.startswith(IDENTIFIER) and len(public) == len(IDENTIFIER) + POINT_BYTES


def verify(_name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's over `text`. Refuses `NoSm2`: what cannot be checked is not called wrong."""
    library = _library()
    if not _is_strict(signature):
        return False
    try:
        return bool(library.sm2_verify(public[len(IDENTIFIER) :], text, signature, IDENTITY))
    except library.GmsslInnerError:  # the point is not on the curve
        return False


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
    """Whether the signature is DER in its one form."""
    try:
        return encode_dss_signature(*decode_dss_signature(signature)) == signature
    except ValueError:
        return False
