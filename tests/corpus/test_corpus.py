"""Rapport's reader on the corpus of damaged files: right, or said; never wrong in silence."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from corpus.damage import KINDS, Variant, corpus
from corpus.marks import Loaded, mark
from corpus.reading import rapport

SEED = 1
RIGHT = 0.97


def _tried(variants: list[Variant], folder: Path) -> tuple[list[str], list[str]]:
    """(names of the variants that are not exactly right, those of which nothing was said)."""
    wrong, silent = [], []
    with duckdb.connect(config={"memory_limit": "400MB", "threads": 1}) as con:
        for variant in variants:
            loaded = rapport(variant, folder / "file", con)
            if not mark(loaded, variant.header, variant.records).exact:
                wrong.append(variant.name)
                if not loaded.said:
                    silent.append(variant.name)
    return wrong, silent


def test_each_kind_of_damage_to_one_table_is_read_right_or_spoken_of(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    by_kind: dict[str, list[Variant]] = {}
    for variant in corpus(SEED):
        by_kind.setdefault(variant.kind, []).append(variant)
    assert by_kind.keys() == KINDS.keys()
    wrong, silent = _tried([chance.choice(variants) for variants in by_kind.values()], tmp_path)
    assert not silent
    assert len(wrong) <= (1 - RIGHT) * len(by_kind), wrong


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_whole_corpus_is_read_right_or_spoken_of(seed: int, tmp_path: Path) -> None:
    variants = list(corpus(seed))
    wrong, silent = _tried(variants, tmp_path)
    print(
        f"\n{len(variants)} files, {len(variants) - len(wrong)} exactly right ({1 - len(wrong) / len(variants):.1%}), {len(silent)} wrong in silence"
    )
    assert len(variants) >= 300
    assert not silent
    assert len(wrong) <= (1 - RIGHT) * len(variants), wrong


def test_a_perfect_reading_has_all_points_and_a_wrong_one_fewer() -> None:
    header, records = ["a", "b"], [["1", "2"], ["3", "4"]]
    assert mark(Loaded(header, records), header, records).points == 10
    assert mark(Loaded(None, [], refused=True), header, records).points == 0
    half = mark(Loaded(header, [["1", "2"], ["3", "x"]]), header, records)
    assert (half.exact, half.records, half.cells) == (False, 0.5, 0.75)
    assert mark(Loaded(None, records), None, records).exact
