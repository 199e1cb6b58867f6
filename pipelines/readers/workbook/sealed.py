"""Old workbooks whose structure is protected: Excel writes them enciphered under a password that everybody has, and opens them
without asking ([MS-XLS] 2.2.10, [MS-OFFCRYPTO] 2.3.6). Those under a password of somebody's own stay closed.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from pathlib import Path

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext

from pipelines.readers.workbook import compound

_EVERYBODYS = "VelvetSweatshop"
_BLOCK = 1_024  # bytes under one key
_SEALED, _SHEET, _NOTHING = 0x2F, 0x85, 0x0862
_RC4 = struct.pack("<3H", 1, 1, 1)
# Records that are never enciphered: what tells how to read the rest.
_OPEN = (0x809, 0x2F, 0xE1, 0x194, 0x195, 0x196, 0x138)


def opened(path: Path) -> bytes | None:
    """The stream of the workbook at ``path`` in plain; None where it takes a password of somebody's own, or is sealed in
    another way."""
    stream = compound.workbook_stream(path.read_bytes(), forgiving=True) or b""
    place = _record(stream, _SEALED)
    if place is None or stream[place + 4 : place + 10] != _RC4:
        return None
    told = stream[place + 10 : place + 58]
    key = _key(_EVERYBODYS, told[:16])
    cipher = _cipher(key, 0)
    verifier, digest = cipher.update(told[16:32]), cipher.update(told[32:48])
    return _plain(stream, key) if hmac.compare_digest(hashlib.md5(verifier).digest(), digest) else None  # noqa: S324


def _record(stream: bytes, wanted: int) -> int | None:
    """Where the first record of a kind begins among the first hundred."""
    place = 0
    for _ in range(100):
        if place + 4 > len(stream):
            return None
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind == wanted:
            return place
        place += 4 + length
    return None


def _key(password: str, salt: bytes) -> bytes:
    """Forty bits: the format's own, long broken; what it keeps secret is nothing here."""
    digest = hashlib.md5(password.encode("utf-16-le")).digest()  # noqa: S324
    return hashlib.md5((digest[:5] + salt) * 16).digest()[:5]  # noqa: S324


def _cipher(key: bytes, block: int) -> CipherContext:
    of_block = hashlib.md5(key + struct.pack("<I", block)).digest()  # noqa: S324
    return Cipher(ARC4(of_block), mode=None).decryptor()


def _plain(stream: bytes, key: bytes) -> bytes:
    """Everything deciphered, then what never was enciphered put back: the heads of records, some records whole, and where
    each sheet begins."""
    plain = bytearray().join(
        _cipher(key, number).update(stream[start : start + _BLOCK])
        for number, start in enumerate(range(0, len(stream), _BLOCK))
    )
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        as_it_stands = 4 + (length if kind in _OPEN else min(4, length) if kind == _SHEET else 0)
        plain[place : place + as_it_stands] = stream[place : place + as_it_stands]
        if kind == _SEALED:
            struct.pack_into("<H", plain, place, _NOTHING)
        place += 4 + length
    return bytes(plain)
