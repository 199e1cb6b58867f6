"""Differences in differences of means: two groups and two times, and staggered starts (Callaway & Sant'Anna 2021).

Group-time effects are differences of means, groups compared as they are; ``regression`` holds further covariates constant.
Assumes that without the treatment both groups would have
changed alike, which earlier periods can contradict but never prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipelines.statistics.gate import choose, in_order, known, members, require, together

Array = NDArray[np.float64]
Control = Literal["never", "not yet"]
Base = Literal["varying", "universal"]


@dataclass(frozen=True)
class Effect:
    """A difference with its standard ``error`` and 95% (or the asked) interval; ``p`` two-sided. Both are Student's with
    ``df`` degrees of freedom: what few units tell of their own spread (inf: taken as known)."""

    value: float
    error: float
    low: float
    high: float
    p: float
    df: float = np.inf


def two_by_two(
    treated_before: ArrayLike,
    treated_after: ArrayLike,
    control_before: ArrayLike,
    control_after: ArrayLike,
    level: float = 0.95,
    paired: bool = False,
    pooled: bool = False,
) -> Effect:
    """(treated after - before) - (control after - before), from one value per unit. ``paired``: before and after are
    the same units in the same order (the error is that of their changes; pairs with a missing value are left out);
    otherwise four independent samples, missing values left out. Degrees of freedom are Welch's (1947). ``pooled``: one variance
    for all cells, the error that a regression on group, time and both prints. Raises ``TooLittle`` with fewer than two units."""
    cells = [np.asarray(values, float) for values in (treated_after, treated_before, control_after, control_before)]
    if paired:
        cells = [cells[0] - cells[1], cells[2] - cells[3]]
    cells = [values[~np.isnan(values)] for values in cells]
    require(min(len(values) for values in cells) >= 2, "A comparison needs at least two units on each side and time.")
    signs = (1, -1) if paired else (1, -1, -1, 1)
    value = sum(sign * float(values.mean()) for sign, values in zip(signs, cells, strict=True))
    variances, free = (
        np.array([values.var(ddof=1) for values in cells]),
        np.array([len(values) - 1 for values in cells]),
    )
    if pooled:
        variances = np.full(len(cells), np.average(variances, weights=free))
    parts = variances / (free + 1)
    return _effect(value, float(np.sqrt(parts.sum())), level, float(free.sum()) if pooled else _freedom(parts, free))


def regression(
    outcome: ArrayLike, treated: ArrayLike, after: ArrayLike, covariates: ArrayLike | None = None, level: float = 0.95,
    cluster: ArrayLike | None = None,
) -> Effect:  # fmt: skip
    """The difference in differences of one row per unit and time, as the coefficient of ``treated`` x ``after`` in a least
    squares regression on both, their product and the ``covariates`` (row, covariate). The error is the plain regression's
    or, with ``cluster``, allows for rows of one cluster being alike (Liang & Zeger 1986, with Stata's small-sample factor);
    its degrees of freedom are then Bell & McCaffrey's (2002), which few treated clusters make fewer than there are clusters,
    and the interval makes up for what that error is too small by on average. Rows with a missing value are left out. Raises
    ``TooLittle`` where the product cannot be told from the rest."""
    y, d, t = (np.asarray(values, float) for values in (outcome, treated, after))
    more = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, float).reshape(len(y), -1)
    x = np.column_stack((d * t, np.ones(len(y)), d, t, more))
    known = ~np.isnan(np.column_stack((x, y))).any(axis=1)
    x, y = x[known], y[known]
    n, k = x.shape
    require(
        n > k and np.linalg.matrix_rank(x) == k,
        "A comparison needs units of both groups at both times, and covariates that are not told by the others.",
    )
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ x.T @ y
    left = y - x @ found
    if cluster is None:
        return _effect(float(found[0]), float(np.sqrt(left @ left / (n - k) * inverse[0, 0])), level, float(n - k))
    place = members(np.asarray(cluster)[known])[1]
    sums = np.zeros((place.max() + 1, k))
    np.add.at(sums, place, x * left[:, None])
    groups = len(sums)
    require(groups >= 2, "Errors that allow for clusters need two of them.")
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    spread = inverse @ (sums.T @ sums) @ inverse * factor
    expected, freedom = _of_clusters(x, inverse, place)
    small = max(float(inverse[0, 0]) / (expected * factor), 1.0) if expected > 0 else np.nan
    return _effect(float(found[0]), float(np.sqrt(spread[0, 0])), level, freedom, float(np.sqrt(small)))


def _of_clusters(x: Array, inverse: Array, place: NDArray[np.intp]) -> tuple[float, float]:
    """(what the clusters' variance of the first coefficient is on average where rows are alike in nothing and have variance 1,
    its degrees of freedom) after Bell & McCaffrey (2002): the more the coefficient hangs on few clusters, the fewer."""
    weigh = x @ inverse[0]
    own, shared = np.bincount(place, weigh**2), np.zeros((place.max() + 1, x.shape[1]))
    np.add.at(shared, place, x * weigh[:, None])
    inner = shared.T @ shared
    expected = float(own.sum() - np.trace(inverse @ inner))
    crossed = np.einsum("gk,kl,gl->g", shared, inverse, shared)
    squares = float((own**2).sum() - 2 * own @ crossed + np.trace(inverse @ inner @ inverse @ inner))
    return expected, expected**2 / squares if squares > 0 else np.nan


def of_estimates(treated: tuple[float, float], control: tuple[float, float], level: float = 0.95) -> Effect:
    """The same from published figures: (change, standard error) of each group, the groups independent."""
    return _effect(treated[0] - control[0], float(np.hypot(treated[1], control[1])), level)


def of_means(
    treated_before: tuple[float, float],
    treated_after: tuple[float, float],
    control_before: tuple[float, float],
    control_after: tuple[float, float],
    level: float = 0.95,
) -> Effect:
    """The same from four published (mean, standard error), the four samples independent."""
    cells = (treated_after, treated_before, control_after, control_before)
    if any(error < 0 for _, error in cells):
        raise ValueError("a standard error cannot be below 0")
    value = sum(sign * mean for sign, (mean, _) in zip((1, -1, -1, 1), cells, strict=True))
    return _effect(value, float(np.sqrt(sum(error**2 for _, error in cells))), level)


def _effect(value: float, error: float, level: float, df: float = np.inf, small: float = 1.0) -> Effect:
    """The effect with Student's interval and p; ``small``: what the error is to be multiplied by for these, but not as it is
    printed."""
    half = stats.t.isf((1 - level) / 2, df) * small * error
    p = 2 * stats.t.sf(abs(value) / (small * error), df) if error > 0 else np.nan
    return Effect(value, error, value - half, value + half, float(p), df)


def _freedom(variance: Array, free: ArrayLike) -> float:
    """Satterthwaite's degrees of freedom of a sum of variances, each estimated with so many ``free`` of its own."""
    unsure = float((variance**2 / np.asarray(free, float)).sum())
    return float(variance.sum()) ** 2 / unsure if unsure > 0 else np.inf


@dataclass(frozen=True)
class GroupTime:
    """ATT(g, t): per row the ``group`` (first treated period), the ``period``, the ``att`` and its standard ``error``;
    ``influence`` (unit, row) whose column means are 0 and from which every error comes; ``share`` of all units in each
    row's group; ``members`` (unit, row) whether the unit is in it; ``cohort`` per unit which first treated period it has. Errors
    are those of large samples, as R's did prints them; intervals of what is asked of these allow for small groups. The error
    of a row in which the treated or the controls are one alone is NaN: one unit does not tell how much units differ."""

    group: Array
    period: Array
    att: Array
    error: Array
    influence: Array
    share: Array
    members: NDArray[np.bool_]
    periods: Array
    cohort: NDArray[np.intp]

    def overall(self, level: float = 0.95) -> Effect:
        """All post-treatment effects, weighted by group size ("simple")."""
        return self._weighted(self.period >= self.group, level)

    def dynamic(self, level: float = 0.95) -> tuple[dict[int, Effect], Effect]:
        """By periods since treatment began (0 the first; negative before), and the mean of those from 0 on. The
        distance is counted in periods of the data, not in calendar units."""
        since = np.searchsorted(self.periods, self.period) - np.searchsorted(self.periods, self.group)
        by = {int(e): self._parts(since == e) for e in np.unique(since)}
        return self._named(by, level), self._mean([parts for e, parts in by.items() if e >= 0], level)

    def by_group(self, level: float = 0.95) -> tuple[dict[float, Effect], Effect]:
        """Each group's mean post-treatment effect, and their mean weighted by group size."""
        post = self.period >= self.group
        by, rows = {}, []
        for g in np.unique(self.group):
            mine = post & (self.group == g)
            if mine.any():
                by[float(g)] = (float(self.att[mine].mean()), self.influence[:, mine].mean(axis=1))
                rows.append(int(np.flatnonzero(mine)[0]))
        att, influence = np.array([value for value, _ in by.values()]), np.column_stack([psi for _, psi in by.values()])
        return self._named(by, level), self._one(self._combined(att, influence, np.array(rows)), level)

    def by_period(self, level: float = 0.95) -> tuple[dict[float, Effect], Effect]:
        """Each calendar period's effect on all groups treated by then, and the mean of these."""
        post = self.period >= self.group
        by = {float(t): self._parts(post & (self.period == t)) for t in np.unique(self.period[post])}
        return self._named(by, level), self._mean(list(by.values()), level)

    def _weighted(self, rows: NDArray[np.bool_], level: float) -> Effect:
        return self._one(self._parts(rows), level)

    def _parts(self, rows: NDArray[np.bool_]) -> tuple[float, Array]:
        return self._combined(self.att[rows], self.influence[:, rows], np.flatnonzero(rows))

    def _combined(self, att: Array, influence: Array, rows: NDArray[np.intp]) -> tuple[float, Array]:
        """Weighted by group shares; that these are estimated too is part of the influence."""
        share, member = self.share[rows], self.members[:, rows] - self.share[rows]
        total = share.sum()
        weights = share / total
        moved = member / total - member.sum(axis=1, keepdims=True) * share / total**2
        return float(weights @ att), influence @ weights + moved @ att

    def _mean(self, parts: list[tuple[float, Array]], level: float) -> Effect:
        value = float(np.mean([value for value, _ in parts]))
        return self._one((value, np.mean([psi for _, psi in parts], axis=0)), level)

    def _one(self, parts: tuple[float, Array], level: float) -> Effect:
        value, influence = parts
        free = np.maximum(np.bincount(self.cohort) - 1, 1)
        squares = np.bincount(self.cohort, influence**2)
        whole = squares * (free + 1) / free  # each group's variance with n - 1
        small = float(np.sqrt(whole.sum() / squares.sum())) if squares.sum() > 0 else 1.0
        error = float(np.sqrt((influence**2).mean() / len(influence)))
        return _effect(value, error, level, _freedom(whole, free), small)

    def _named(self, by: dict[int, tuple[float, Array]] | dict[float, tuple[float, Array]], level: float) -> dict:  # type: ignore[type-arg]
        return {name: self._one(parts, level) for name, parts in by.items()}


def group_time(
    outcome: ArrayLike,
    first_treated: ArrayLike,
    periods: ArrayLike | None = None,
    control: Control = "never",
    base: Base = "varying",
) -> GroupTime:
    """Group-time average effects from ``outcome`` (unit, period) of a balanced panel. ``first_treated``: per unit the
    period (a value of ``periods``, by default 0, 1, ...) from which it is treated; 0 or NaN or inf for never, where 0 is
    no period. ``control``: units never treated, or those not treated yet by the later of the two periods compared.
    ``base``: before treatment, the period before each (varying) or always the last before treatment (universal). Groups
    treated from the first period on have no before and are left out. Raises ``TooLittle`` without any comparison, ``ValueError`` for
    an outcome that is not known (leave the unit out) and for periods out of order."""
    choose("the control group", Control, control)
    choose("the base", Base, base)
    y, start = known(outcome, "outcome"), np.asarray(first_treated, float)
    together(outcome=outcome, first_treated=first_treated)
    times = np.arange(y.shape[1], dtype=float) if periods is None else in_order(periods, "periods")
    never = ~np.isfinite(start) | (start > times[-1]) | ((start == 0) & ~np.isin(0, times))
    start = np.where(never, np.inf, start)
    rows = []
    for g in np.unique(start[(start > times[0]) & ~never]):
        before, mine = int(np.searchsorted(times, g)) - 1, start == g
        for at in range(0 if base == "universal" else 1, len(times)):
            of = before if at > before or base == "universal" else at - 1
            if at == of:
                continue
            others = never if control == "never" else start > max(times[at], times[of], g if at > before else 0)
            others = others & ~mine
            if others.any():
                rows.append((float(g), float(times[at]), *_contrast(y[:, at] - y[:, of], mine, others), mine))
    require(bool(rows), "No group has both a period before its treatment and a control group. No effect is shown.")
    group, period, att, influence, members = zip(*rows, strict=True)
    psi, inside = np.column_stack(influence), np.column_stack(members)
    error = np.sqrt((psi**2).mean(axis=0) / len(y))
    return GroupTime(
        np.array(group), np.array(period), np.array(att), error, psi, inside.mean(axis=0), inside, times,
        np.unique(start, return_inverse=True)[1],
    )  # fmt: skip


def _contrast(change: Array, mine: NDArray[np.bool_], others: NDArray[np.bool_]) -> tuple[float, Array]:
    """Difference of the two groups' mean changes, and each unit's influence on it; NaN where either group is one alone, whose
    own mean it would never miss."""
    own, other = change[mine].mean(), change[others].mean()
    if min(mine.sum(), others.sum()) < 2:
        return float(own - other), np.full(len(change), np.nan)
    psi = np.zeros(len(change))
    psi[mine] = (change[mine] - own) * len(change) / mine.sum()
    psi[others] -= (change[others] - other) * len(change) / others.sum()
    return float(own - other), psi
