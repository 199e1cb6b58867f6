"""Keyed hashes of pairs: what they are by definition, and that nothing else than the words and the key decides them."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pipelines.identity import likeness, mentions
from pipelines.identity.keyed_hash import KeyedHash, blocks
from tests.identity.mentions import SECRET, Mention, keep, prepared

KEY = bytes(range(32))
ANN = Mention("Smith-Jones", "Liz Mary", dt.date(1980, 5, 17), mrn="7", sex="female", zip="27601", phone="9195550123", email="ann@example.org")  # fmt: skip


def aes(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def block(kind: int, word: str) -> bytes:
    """A word's block, written out: its kind, and its 15 bytes with zeros before them."""
    plain = word.encode()
    return bytes([kind]) + (plain if len(plain) <= 15 else hashlib.sha256(plain).digest()[:15]).rjust(15, b"\0")


def mac(key: bytes, context: bytes, word: bytes) -> int:
    """The CBC-MAC of two blocks, 63 bits of it. The halves of a block are numbers, the lower byte first on disk."""
    once = aes(key, swapped(context))
    twice = aes(key, bytes(a ^ b for a, b in zip(once, swapped(word), strict=True)))
    return int.from_bytes(twice[:8], "little") >> 1


def swapped(plain: bytes) -> bytes:
    return plain[:8][::-1] + plain[8:][::-1]


def test_the_cipher_is_aes_256() -> None:
    """The example of FIPS 197, appendix C.3."""
    plain = np.frombuffer(bytes.fromhex("00112233445566778899aabbccddeeff"), "<u8").reshape(1, 2)
    assert KeyedHash(KEY).secret(plain).astype("<u8").tobytes().hex() == "8ea2b7ca516745bfeafc49904b496089"


def test_a_word_in_its_context_has_the_cbc_mac_of_both() -> None:
    keyed = KeyedHash(KEY)
    context, word = (block(kind, text) for kind, text in ((1, "1980-05-17"), (4, "smith")))
    made = [
        blocks(one[0], np.array([int.from_bytes(one[1:8])]), np.array([int.from_bytes(one[8:])]))
        for one in (context, word)
    ]
    assert keyed.together(keyed.secret(made[0]), made[1]).tolist() == [mac(KEY, context, word)]
    assert keyed.either_order(*made).tolist() == keyed.either_order(*reversed(made)).tolist()


def test_what_is_kept_of_a_patient_is_the_mac_of_each_part_under_the_derived_key() -> None:
    with prepared() as con:
        keep(con, [ANN])
        columns = "birth, family_parts, given, middle, sex, zip, phone, email"
        found = con.execute(f"select {columns} from patient_trait").fetchall()[0]
    key, born = likeness.key(SECRET), block(1, "1980-05-17")
    words = [(11, ""), (4, "smith"), (4, "jones"), (4, "liz"), (6, "m"), (7, "female"), (8, "27601"), (9, "9195550123"), (10, "ann@example.org")]  # fmt: skip
    birth, *hashes = (mac(key, born, block(kind, word)) for kind, word in words)
    assert (found[0], sorted(found[1]), *found[2:]) == (birth, sorted(hashes[:2]), *hashes[2:])


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_hashes_do_not_depend_on_how_many_are_made_together(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    people = [ANN, replace(ANN, mrn="8", given="Bob", family="De la Cruz"), Mention("Lee", "Ann", dt.date(1990, 1, 2)),
              Mention(mrn="0012"), Mention("Lee", "Ann", zip="27601", mrn="9"), replace(ANN, mrn="10", born=None)]  # fmt: skip
    kept = []
    for many in (1000, at_once):
        monkeypatch.setattr(mentions, "AT_ONCE", many)
        with prepared() as con:
            keep(con, people)
            kept.append(con.execute("select * from patient_trait order by all").fetchall())
    assert kept[0] == kept[1]
    assert len(kept[0]) == 6


def test_a_long_word_is_told_by_its_digest() -> None:
    """Two addresses that agree in their first 15 bytes are two."""
    with prepared() as con:
        keep(con, [replace(ANN, mrn=str(place), email=f"annabelle.smith{place}@example.org") for place in range(2)])
        found = con.execute("select distinct email from patient_trait").fetchall()
    key = likeness.key(SECRET)
    assert {one for (one,) in found} == {
        mac(key, block(1, "1980-05-17"), block(10, f"annabelle.smith{place}@example.org")) for place in range(2)
    }
