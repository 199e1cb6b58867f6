"""What changed between two answers to one question, row by row: the figures, and the records behind them."""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import Result

MEASURES = ("n", "hits", "value")
# Whole numbers that tell rows apart, where most are counts.
_CLASSES = ("horizon", "day", "month", "hour", "on", "said_on", "opened_on")
WHICH = ("file_name", "source_row")


def between(before: Result, after: Result) -> pd.DataFrame:
    """One row per row of either answer, which must be to one question as of two days: what tells it apart, each of
    ``MEASURES`` that the answers have as ``..._before``, ``..._after`` and ``..._change``, and ``change`` (new | gone | changed |
    same); those that changed first, the greatest change of n first."""
    keys = _keys(before.frame, after.frame)
    measures = [name for name in MEASURES if name in after.frame and name in before.frame]
    left, right = (_numbered(one.frame[[*keys, *measures]], keys) for one in (before, after))
    both = left.merge(right, how="outer", on=[*keys, "turn"], suffixes=("_before", "_after"), indicator=True)
    for name in measures:
        both[f"{name}_change"] = both[f"{name}_after"].astype(float) - both[f"{name}_before"].astype(float)
    moved = pd.concat([both[f"{name}_change"].fillna(0) != 0 for name in measures], axis=1).any(axis=1)
    both["change"] = both["_merge"].map({"left_only": "gone", "right_only": "new", "both": ""}).astype(str)
    both.loc[both["change"] == "", "change"] = moved.map({True: "changed", False: "same"})
    size = both["n_change"].abs() if "n" in measures else moved.astype(float)
    both = both.assign(rank=both["change"] == "same", size=size.fillna(float("inf")))
    shown = both.sort_values(["rank", "size", *keys], ascending=[True, False, *[True] * len(keys)], ignore_index=True)
    return shown.drop(columns=["_merge", "turn", "rank", "size"])


def _keys(*frames: pd.DataFrame) -> list[str]:
    """The columns that tell rows apart: the category and its period, and further words and classes while rows are alike."""
    shared = [name for name in frames[0].columns if name in frames[1].columns]
    keys: list[str] = [name for name in ("category", "period") if name in shared]
    words = [
        name
        for name in shared
        if name not in keys and (pd.api.types.is_string_dtype(frames[1][name]) or name in _CLASSES)
    ]
    for name in words:
        if not any(frame.duplicated(keys).any() for frame in frames):
            break
        keys.append(name)
    return keys


def _numbered(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    words = [name for name in keys if pd.api.types.is_string_dtype(frame[name])]
    frame = frame.astype(dict.fromkeys(words, object))  # empty columns of text cannot be joined
    return frame.assign(turn=frame.groupby(keys, dropna=False).cumcount() if keys else range(len(frame)))


def records(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The records that are new, gone or otherwise than they were: every column of ``after`` but ``record``, with ``change`` and
    ``what`` ("stage: contacted → enrolled"). Both frames are rows with a ``record``: what that names is the same on both days,
    whichever file told it by then, and a file that tells the same of it again changes nothing."""
    old, new = (_by_record(frame) for frame in (before, after))
    same = new.index[new.index.isin(old.index)]
    columns = [name for name in new.columns if name in old.columns and name not in WHICH]
    left, right = (frame.loc[same, columns].astype(object) for frame in (old, new))
    differs = (left != right) & ~(left.isna() & right.isna())
    what = [
        "; ".join(f"{name.replace('_', ' ')}: {_word(left.at[at, name])} → {_word(right.at[at, name])}" for name in columns if differs.at[at, name])
        for at in same[differs.any(axis=1)]
    ]  # fmt: skip
    parts = [
        new[~new.index.isin(old.index)].assign(change="new", what=""),
        old[~old.index.isin(new.index)].assign(change="gone", what=""),
        new.loc[same[differs.any(axis=1)]].assign(change="changed", what=what),
    ]
    found = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return found[["change", "what", *[name for name in found.columns if name not in ("change", "what")]]]


def _by_record(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` by what names each record; where several rows tell of one, each in its turn."""
    turn = frame.groupby("record").cumcount()
    return frame.set_index([frame["record"], turn.rename("turn")]).drop(columns="record")


def _word(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return "nothing"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
