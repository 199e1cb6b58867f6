"""What a query gives: its columns, and the frame made of them.

Of a dozen rows pandas takes as long to make one frame, or to read a few columns of it, as the query took. So an answer is
columns, plain arrays by name, for as long as it is being made, and becomes a frame once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Arrays of one length by name. Text is an array of objects, with None where it is missing.
Columns = dict[str, Any]

_PLAIN = frozenset((
    "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP", "DOUBLE", "FLOAT", "DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT",
    "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT",
))  # fmt: skip
_TEXT = pd.StringDtype(na_value=np.nan)  # what "str" means, which takes longer to look up than the text to convert


def fetched(cursor: DuckDBPyConnection) -> Columns:
    """The columns of a cursor that has executed a query, as its own ``df`` would have them."""
    described = cursor.description or []
    if any(str(kind[1]).partition("(")[0] not in _PLAIN for kind in described):
        return columns_of(cursor.df())
    return {name: _column(values) for name, values in cursor.fetchnumpy().items()}


def framed(columns: Columns) -> pd.DataFrame:
    """The frame of ``columns``, numbered anew. Text is always text, even where all of it is missing."""
    made = {name: _text(values) for name, values in columns.items()}
    return pd.DataFrame(made, copy=False)


def columns_of(frame: pd.DataFrame) -> Columns:
    """The columns of ``frame``."""
    return {str(name): values.array for name, values in frame.items()}


def stacked(parts: Sequence[Columns]) -> Columns:
    """Columns of the same names, one below the other."""
    return {name: _joined([part[name] for part in parts]) for name in parts[0]}


def length(columns: Columns) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values()), ()))


def _column(values: Any) -> Any:
    """One fetched column as pandas keeps it, but for text."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if values.dtype == object:
        return np.ma.getdata(values)
    if values.dtype.kind in "iu":
        return pd.arrays.IntegerArray(values.data, np.ma.getmaskarray(values))
    if values.dtype.kind == "b":
        return pd.arrays.BooleanArray(values.data, np.ma.getmaskarray(values))
    # of no other unit than theirs
    nothing: Any = np.nan if values.dtype.kind == "f" else np.array("NaT", values.dtype)[()]
    return values.filled(nothing)


def _joined(values: list[Any]) -> Any:
    if all(isinstance(each, np.ndarray) for each in values):
        return np.concatenate(values)
    return pd.concat([pd.Series(each) for each in values], ignore_index=True).array


def _text(values: Any) -> Any:
    is_text = isinstance(values, np.ndarray) and values.dtype == object
    return pd.array(values, dtype=_TEXT) if is_text else values
