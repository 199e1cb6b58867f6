"""What a metric is, what may be asked of it and what it answers: the words every metric is declared in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pandas as pd

if TYPE_CHECKING:
    from pipelines.frames import Columns
    from pipelines.metrics.engine import Ask

# Every dimension a metric can be cut by: the column that holds its label, in the journey or, for the last ones,
# in what is asked about. The only identifiers that ever enter SQL text come from here and from KEYS.
DIMENSIONS: dict[str, str] = {
    "site": "site",
    "study": "study",
    "therapeutic_area": "therapeutic_area",
    "specialty": "specialty",
    "practice": "practice",
    "practitioner": "practitioner",
    "channel": "channel",
    "source_kind": "source_kind",
    "intent": "intent",
    "priority": "priority",
    "survey": "survey",
    "service_line": "service_line",
    "question": "item_label",
    "modality": "modality",
    "campaign": "campaign",
    "line": "line",
}


class Key(NamedTuple):
    """How members of a dimension are told apart where two may bear the same name: the ``id`` column, the ``group``
    expression that keeps apart what has no id (negative: no real id is), and the query that names them all. So
    names are looked up for the few groups there are, and not read from every row."""

    id: str
    group: str
    names: str


def _names(dimension: str, **missing: int) -> str:
    """The query for the names of a dimension's members, those without an id included."""
    others = "".join(f" union all select {key}, '{name}'" for name, key in missing.items())
    return f"select {dimension}_id as id, {dimension} as name from dim_{dimension}{others}"


KEYS: dict[str, Key] = {
    "site": Key("site_id", "coalesce(site_id, -1)", _names("site", **{"Unknown site": -1})),
    "study": Key("study_id", "coalesce(study_id, -1)", _names("study", **{"No study": -1})),
    "practice": Key(
        "practice_id",
        """coalesce(practice_id,
            case practice when 'No practice' then -1 when 'Anonymous' then -2 when 'Not stated' then -4 else -3 end)""",
        _names("practice", **{"No practice": -1, "Anonymous": -2, "Unattributed": -3, "Not stated": -4}),
    ),
    "practitioner": Key(
        "practitioner_id", "coalesce(practitioner_id, -1)", _names("practitioner", **{"Unattributed": -1})
    ),
}
# Who may be granted access, and as what. Sponsors read released figures, which are made elsewhere; whoever watches over
# compensation sees nothing of referrals.
ROLES = ("analyst", "manager", "liaison", "compliance", "sponsor")
INTERNAL = ("analyst", "manager", "liaison")
# How a metric is drawn unless a page has a reason to draw it otherwise.
CHARTS: dict[str, str] = {
    "trend": "a line over time with its interval",
    "bars": "bars per period or class",
    "ranking": "members by size, with intervals where there are any",
    "stacked": "bars of parts that sum to the whole",
    "curve": "a curve over days, with its interval",
    "fan": "what is to come, with widening intervals",
    "funnel": "stages, and who left at each",
    "waterfall": "steps from one total to the next",
    "table": "a table",
}
GRAINS = ("week", "month", "quarter", "year")
JOURNEY_DIMENSIONS = (
    "site", "study", "therapeutic_area", "specialty", "practice", "practitioner", "channel", "source_kind", "intent",
)  # fmt: skip
CATEGORIES_SHOWN = 20  # the rest are one "Other (k more)" row, so that parts always sum to the whole
SMALL = 11  # below this a figure is marked as an indication only


class Reader(Protocol):
    """One published generation, open for reading."""

    @property
    def generation(self) -> str:
        """The generation's name."""
        ...

    @property
    def data_cut(self) -> dt.date | None:
        """The last day the data speak for; None while there are none."""
        ...

    def columns(self, sql: str, params: Mapping[str, Any] | None = None) -> Columns:
        """The columns of ``sql``; parameters that do not occur in it are ignored."""
        ...

    def frame(self, sql: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The same as a frame."""
        ...

    def then(self, day: dt.date) -> Reader:
        """The same generation as it was known at the end of a day before the data cut."""
        ...

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make()`` gives, made once per generation and ``key``: for what a generation decides by itself."""
        ...


class Warehouse(Protocol):
    """Where generations are read: ``with warehouse.read() as reader``."""

    def read(self) -> AbstractContextManager[Reader]:
        """The current generation, kept open until the block ends."""
        ...


@dataclass(frozen=True)
class Scope:
    """Whose rows the viewer may see. ``None`` means all of them; the empty tuple, and the default, none."""

    sites: tuple[int, ...] | None = ()
    studies: tuple[int, ...] | None = ()
    role: str = "analyst"

    @classmethod
    def everything(cls) -> Scope:
        """All sites and studies: the command line and the single-user loopback dashboard."""
        return cls(sites=None, studies=None)


@dataclass(frozen=True)
class Filters:
    """What the viewer chose; empty means no restriction. ``start`` and ``stop`` are days, both inclusive.
    Hashable, so it can be a cache key. Sites, studies and practices are ids; the rest are labels."""

    sites: tuple[int, ...] = ()
    studies: tuple[int, ...] = ()
    practices: tuple[int, ...] = ()
    therapeutic_areas: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    start: dt.date | None = None
    stop: dt.date | None = None


NO_FILTERS = Filters()


class Answer(NamedTuple):
    """What a metric's ``answer`` hands back: the documented frame, or its columns, plain sentences, and how many it is
    about."""

    found: Columns | pd.DataFrame
    caveats: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class Metric:
    """A metric's whole definition; see ``docs/metrics.md`` (generated from these).

    ``columns`` documents the frame. ``relation`` names what is counted (see ``relations.RELATIONS``) and
    ``population`` which of its rows, as an SQL condition: it decides the rows behind a bar too. ``picks`` are
    further conditions by which a bar's rows can be chosen, each over the parameter ``$pick``. ``settings`` are the limits
    and promises it measures against, ``roles`` who may see it (all others are refused), ``chart`` how it is drawn (see
    ``CHARTS``), ``counts`` what n counts, in the singular, where that is not a row of the relation, ``members`` how many members
    of a cut have a row of their own: more than usual where n is alike for all, so that its order says nothing.
    """

    name: str
    label: str
    question: str
    description: str
    numerator: str
    denominator: str
    unit: str
    window: str
    edge_cases: tuple[str, ...]
    source: str  # where the method comes from
    dimensions: tuple[str, ...]
    grains: tuple[str, ...]
    answer: Callable[[Ask], Answer]
    columns: Mapping[str, str]
    relation: str = "journey"
    population: str = "countable"
    picks: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    roles: tuple[str, ...] = INTERNAL
    chart: str = "ranking"
    counts: str = ""
    members: int = CATEGORIES_SHOWN


@dataclass(frozen=True)
class Result:
    """A metric's answer: ``frame`` (columns documented by the metric; always with ``n`` and, where an interval
    makes sense, ``low`` and ``high``), what it means and as of when. ``loads`` are the files it is made from, with how many
    rows they have only for a viewer of all sites and studies."""

    metric: Metric
    frame: pd.DataFrame
    as_of: dt.date
    generation: str
    filters: Filters
    by: str | None
    grain: str | None
    n: int
    caveats: tuple[str, ...] = ()
    loads: tuple[dict[str, Any], ...] = ()
