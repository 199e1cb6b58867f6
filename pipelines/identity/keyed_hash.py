"""Keyed hashes of pairs, by the million: AES as a pseudorandom function.

The hash of a word in its context is the CBC-MAC of two blocks of 16 bytes, one of each, cut to 63 bits: AES of (AES of the
context's block, exclusive or the word's). For messages of one fixed length that is a pseudorandom function if AES is a
pseudorandom permutation (Bellare, Kilian and Rogaway 2000): without the key nobody can make a hash, or tell what one is
of. Processors have AES built in: a million hashes take a hundredth of a second, where HMAC-SHA-256 takes more than one.

A block says what kind of word it is of in its first byte, and the word in the 15 others (``blocks``). Of two words together,
in whichever order, it is the sum of the AES of either (``either_order``): as good as random and told by nobody, so that it
meets no other block but by chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

Blocks = NDArray[np.uint64]  # of shape (n, 2): the upper and the lower eight bytes of each block
_WORD = np.dtype("<u8")  # the same bytes on every machine
_BLOCK = 16


class KeyedHash:
    """Hashes under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        # The bare permutation, of which the functions below are made: no text is encrypted with it.
        self._cipher = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305

    def secret(self, blocks: Blocks) -> Blocks:
        """AES of each block: what a context is to ``together``."""
        plain = np.ascontiguousarray(blocks, _WORD)
        sealed = bytearray(plain.nbytes + _BLOCK - 1)  # the room that the cipher asks for
        self._cipher.update_into(plain.tobytes(), sealed)
        return np.frombuffer(sealed, _WORD, 2 * len(plain)).reshape(-1, 2).astype(np.uint64, copy=False)

    def together(self, secrets: Blocks, words: Blocks) -> NDArray[np.int64]:
        """The upper 63 bits of each word's hash in its context, of which ``secrets`` has the AES."""
        return (self.secret(secrets ^ words)[:, 0] >> np.uint64(1)).astype(np.int64)

    def either_order(self, ones: Blocks, others: Blocks) -> Blocks:
        """A block for each two words: the same whichever is named first."""
        return self.secret(ones) + self.secret(others)  # each half modulo 2 ** 64


def blocks(kind: int, high: NDArray[Any], low: NDArray[Any]) -> Blocks:
    """The blocks of words of one ``kind`` (1 to 255), given the upper seven and the lower eight bytes of their 15."""
    upper = high.astype(np.uint64) | np.uint64(kind << 56)
    return np.stack((upper, low.astype(np.uint64)), axis=1)
