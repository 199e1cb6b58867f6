"""When will the last patient be in? A Poisson-gamma forecast that knows when each site opened.

Site i enrols at rate lambda_i exp(-delta age) while it is open, age counted from its opening (growth ends at the age of
the oldest site); lambda_i ~ Gamma (Anisimov & Fedorov 2007). The gamma's shape and mean and the trend ``delta`` are not known: they are integrated over
a grid with the likelihood as weight (prior of delta: normal, 0 +- 0.08 a month; of the log shape: normal; of the log
mean: flat), because plugging in their best values, like drawing a straight line, gives intervals far too narrow.
Times are days on any one scale; rates are per day unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from pipelines.statistics.gate import TooLittle, require, together

Array = NDArray[np.float64]
MONTH = 30.4375
FEWEST_ENROLLED, FEWEST_SITES = 5, 2
LEVELS = (0.025, 0.10, 0.50, 0.90, 0.975)  # the 95% and the 80% interval about the median
TREND_SD = 0.08  # a month
_SHAPES = np.exp(np.linspace(np.log(0.2), np.log(25), 13))
_SHAPE_PRIOR = (np.log(1.5), 1.0)  # of the log shape: sites of one study usually differ by a factor of two or three
_ALL_TRENDS = np.linspace(-2.5, 2.5, 161) * TREND_SD / MONTH
_STEPS = np.linspace(-3, 3, 11)  # standard errors about the likeliest trend
_MEANS = np.linspace(-3.5, 3.5, 15)  # standard errors about the best mean of each shape and trend


@dataclass(frozen=True)
class Study:
    """Sites and enrolments. ``opened``: per site the day it opened or is planned to. ``site`` and ``day``: per
    enrolment the index of its site and its day (NaN where only the count is known). ``closed``: per site the day
    after which it enrols no more (default never); ``pauses``: (site, from, until); ``caps``: per site the most it may
    enrol (default no limit)."""

    opened: ArrayLike
    site: ArrayLike
    day: ArrayLike
    closed: ArrayLike | None = None
    pauses: Sequence[tuple[int, float, float]] = ()
    caps: ArrayLike | None = None


@dataclass(frozen=True)
class Forecast:
    """``enrolled`` by the ``cut`` and ``sites`` recruiting then; ``time`` days after the cut; ``fan`` (level, time)
    quantiles of the total enrolled at ``LEVELS`` if recruitment went on; ``completion`` days after the cut at which
    the target is reached with 10, 50 and 90% (inf: not within the horizon); ``p_on_time`` by the deadline (NaN
    without one). Per site ``rate`` with its 95% interval ``rate_low`` and ``rate_high``, a month, at its present age.
    ``trend``: (mean, low, high) change of the rate per month of site age, as a fraction (negative: slowing)."""

    cut: float
    enrolled: int
    sites: int
    time: Array
    fan: Array
    completion: Array
    p_on_time: float
    rate: Array
    rate_low: Array
    rate_high: Array
    trend: tuple[float, float, float]
    totals: Array = field(repr=False)  # (draw, time): the simulated totals themselves

    def at(self, ahead: float, level: float = 0.80) -> tuple[float, float, float]:
        """(median, low, high) of the total ``ahead`` days after the cut. Of those who come between two of ``time`` each lies anywhere
        between them. Raises ``ValueError`` for a day beyond the last of them, of which nothing was simulated."""
        if not 0 <= ahead <= self.time[-1]:
            raise ValueError("the day lies beyond the horizon of the forecast")
        tail = (1 - level) / 2
        low, middle, high = np.quantile(self._totals_at(ahead), [tail, 0.5, 1 - tail], method="inverted_cdf")
        return float(middle), float(low), float(high)

    def _totals_at(self, ahead: float) -> Array:
        """The simulated totals at a day that need not be one of ``time``."""
        place = int(np.searchsorted(self.time, ahead))
        after = self.totals[:, place]
        if self.time[place] == ahead:
            return after
        before, (begin, end) = self.totals[:, place - 1], self.time[place - 1 : place + 1]
        come = np.random.default_rng(place).binomial((after - before).astype(int), (ahead - begin) / (end - begin))
        return np.asarray(before + come)


def completion_law(remaining: float, shape: float, exposure: float) -> stats.distributions.rv_frozen:
    """The time until ``remaining`` more have enrolled when all sites go on as they are and the rate of all together
    has posterior Gamma(shape, exposure): exposure x BetaPrime(remaining, shape). For N sites open for tau with k so
    far: shape N alpha + k, exposure beta + tau; with a planned pace of n in T and confidence P: shape n P + k,
    exposure T P + tau (Gajewski, Simon & Carlson 2008). With nothing remaining it is over: 0 for certain."""
    if remaining <= 0:
        return stats.rv_discrete(name="over", values=([0], [1.0]))()
    return stats.betaprime(remaining, shape, scale=exposure)


def count_law(ahead: float, shape: float, exposure: float) -> stats.distributions.rv_frozen:
    """How many enrol within ``ahead`` under the same posterior: negative binomial."""
    return stats.nbinom(shape, exposure / (exposure + ahead))


def forecast(
    study: Study,
    cut: float,
    target: int,
    deadline: float | None = None,
    *,
    draws: int = 2000,
    horizon: float = 3650,
    also: ArrayLike = (),
    seed: int = 20240229,
) -> Forecast:
    """What will be enrolled, from what was known on day ``cut``: enrolments after it are not looked at; openings and
    closures after it count as planned. ``also``: days after the cut that ``time`` must contain. Raises ``TooLittle``
    below 5 enrolled or 2 recruiting sites, ``ValueError`` for enrolments at no site or before its opening, for pauses that end
    before they begin, and for a target, deadline or horizon that is not known."""
    if np.isnan(target) or not 0 <= horizon < np.inf or (deadline is not None and np.isnan(deadline)):
        raise ValueError("a target and a deadline must be known, and the horizon be a number of days")
    sites = _sites(study, cut)
    require(
        sites.total >= FEWEST_ENROLLED and sites.recruiting >= FEWEST_SITES,
        f"A date needs at least {FEWEST_ENROLLED} enrolled and {FEWEST_SITES} recruiting sites; there are "
        f"{sites.total} and {sites.recruiting}. Counts are shown, no forecast.",
    )
    rng = np.random.default_rng(seed)
    time = _days(horizon, [] if deadline is None else [deadline - cut], also)
    drawn = _draw(sites, draws, rng)
    rates, trend = _site_rates(sites, drawn, rng)
    totals = sites.total + _paths(sites, time, rates, drawn, rng)
    done = _completion(totals, time, target, rng)
    now = rates * np.exp(-drawn.trend[:, None] * sites.age) * MONTH
    low, high = _of_draws(now, (0.025, 0.975))
    return Forecast(
        cut=cut, enrolled=sites.total, sites=sites.recruiting, time=time,
        fan=_of_draws(totals, LEVELS),
        completion=np.quantile(done, [0.1, 0.5, 0.9], method="inverted_cdf"),
        p_on_time=np.nan if deadline is None else float(np.mean(done <= deadline - cut)),
        rate=now.mean(axis=0), rate_low=low, rate_high=high,
        trend=trend, totals=totals,
    )  # fmt: skip


def _of_draws(drawn: Array, levels: Sequence[float]) -> Array:
    """(level, ...) quantiles over the draws, the first axis: each the smallest draw that so large a share does not exceed
    (``inverted_cdf``). Sorted along the memory, which takes a third of what numpy's quantile does."""
    ordered = np.sort(np.ascontiguousarray(drawn.T), axis=-1)
    place = np.ceil(np.asarray(levels) * len(drawn) - 1e-9).astype(np.intp) - 1
    return np.asarray(ordered.T[np.maximum(place, 0)])


@dataclass(frozen=True)
class Backtest:
    """What would have been said on earlier days: per ``cut`` the total enrolled ``until`` a later day as ``median``,
    80% (``low``, ``high``) and 95% (``lowest``, ``highest``) interval, and what it ``actual``ly was. Cuts at which
    there was too little for a forecast are left out."""

    cut: Array
    until: Array
    median: Array
    low: Array
    high: Array
    lowest: Array
    highest: Array
    actual: Array

    @property
    def within(self) -> tuple[float, float]:
        """Shares of the 80% and the 95% intervals that held; NaN without any."""
        if not len(self.cut):
            return np.nan, np.nan
        inner, outer = (self.low <= self.actual) & (self.actual <= self.high), (self.lowest <= self.actual)
        return float(inner.mean()), float((outer & (self.actual <= self.highest)).mean())


def backtest(study: Study, cuts: ArrayLike, until: ArrayLike, **options: int) -> Backtest:
    """The forecast repeated at each of ``cuts`` for the day ``until`` (one, or one per cut), which must lie in the
    past of the data. Opening and closing dates count as known at the cut, as planned dates are; an enrolment without a
    day counts from its site's opening on. Raises ``ValueError`` as ``forecast`` does, and for a cut after ``until``."""
    days, ends = np.broadcast_arrays(np.asarray(cuts, float), np.asarray(until, float))
    if not (days <= ends).all():
        raise ValueError("a forecast is checked on a day that is not before the one on which it was made")
    rows = []
    for cut, end in zip(days.ravel(), ends.ravel(), strict=True):
        try:
            said = forecast(
                _begun(study, cut), float(cut), 10**9, horizon=float(end - cut), also=[end - cut], **options
            )
        except TooLittle:
            continue
        (middle, low, high), (_, lowest, highest) = said.at(end - cut), said.at(end - cut, 0.95)
        came = np.sum(~(np.asarray(_begun(study, end).day, float) > end))
        rows.append((cut, end, middle, low, high, lowest, highest, float(came)))
    return Backtest(*np.array(rows, float).reshape(-1, 8).T)


def _begun(study: Study, day: float) -> Study:
    """``study`` without the undated enrolments of sites that open on ``day`` or later: they cannot have come by then."""
    site, days, opened = np.asarray(study.site, np.intp), np.asarray(study.day, float), np.asarray(study.opened, float)
    there = (site >= 0) & (site < len(opened))  # others are for the forecast to refuse
    later = np.isnan(days) & (np.where(there, opened[np.where(there, site, 0)], -np.inf) >= day)
    return replace(study, site=site[~later], day=days[~later])


@dataclass(frozen=True)
class _Sites:
    """The sites as of the cut, times in days after it. Windows are stretches of recruiting, sorted by site: ``start``,
    ``stop``, and ``whose`` they are; every site has one or more. Per site ``opened``, ``k`` enrolled, ``ages`` the sum
    of site ages at dated enrolments, ``undated`` how many have no day, ``room`` how many more it may enrol."""

    opened: Array
    start: Array
    stop: Array
    whose: NDArray[np.intp]
    k: Array
    ages: Array
    undated: Array
    room: Array

    @property
    def total(self) -> int:
        return int(self.k.sum())

    @property
    def recruiting(self) -> int:
        """Sites in a window at the cut that may still enrol someone."""
        now = self.whose[(self.start <= 0) & (self.stop > 0)]
        return int((self.room[np.unique(now)] > 0).sum())

    @property
    def age(self) -> Array:
        """Days since opening; 0 for a site that is still to open."""
        return np.maximum(-self.opened, 0.0)

    def exposure(self, trend: ArrayLike, until: ArrayLike) -> Array:
        """(trend, site, time): integral of exp(-trend age) over a site's windows up to each day after the cut. Growth
        ends at the age of the oldest site: no pace is expected beyond what has been seen."""
        slope, day = np.asarray(trend, float)[:, None, None], np.asarray(until, float)
        begin = self.opened[self.whose][:, None]
        ages = np.clip(day, self.start[:, None], self.stop[:, None]) - begin
        oldest = float(self.age.max(initial=0.0))
        grown = _aged(slope, ages, oldest) - _aged(slope, self.start[:, None] - begin, oldest)
        return np.asarray(np.add.reduceat(grown, np.searchsorted(self.whose, np.arange(len(self.opened))), axis=1))


def _aged(slope: Array, age: Array, oldest: float = np.inf) -> Array:
    """Integral of exp(-slope u) from 0 to ``age``; ``age`` itself without a slope. With a negative slope the pace stays
    as it is at ``oldest``."""
    flat = np.abs(slope) < 1e-12
    within = np.where(slope < 0, np.minimum(age, oldest), age)
    steady = np.where(slope < 0, np.maximum(age - oldest, 0.0) * np.exp(-slope * np.where(slope < 0, within, 0.0)), 0.0)
    return np.where(flat, age, -np.expm1(-slope * within) / np.where(flat, 1.0, slope) + steady)


def _sites(study: Study, cut: float) -> _Sites:
    """``study`` as of ``cut``, checked."""
    if not np.isfinite(cut):
        raise ValueError("the day of the cut must be known")
    opened = np.asarray(study.opened, float) - cut
    if not np.isfinite(opened).all():
        raise ValueError("every site needs the day it opened or is planned to open")
    together(opened=study.opened, closed=study.closed, caps=study.caps)
    together(site=study.site, day=study.day)
    closed = np.full(len(opened), np.inf) if study.closed is None else np.asarray(study.closed, float) - cut
    closed = np.where(np.isnan(closed), np.inf, np.maximum(closed, opened))
    named, day = np.asarray(study.site, float), np.asarray(study.day, float) - cut
    if not np.equal(named, np.round(named)).all():  # nor does NaN equal itself
        raise ValueError("an enrolment names a site that is not there")
    site = named.astype(np.intp)
    known = ~(day > 0)  # an enrolment without a day counts
    site, day = site[known], day[known]
    if len(site) and (site.min() < 0 or site.max() >= len(opened)):
        raise ValueError("an enrolment names a site that is not there")
    if (day < opened[site]).any() or (opened[site[np.isnan(day)]] >= 0).any():
        raise ValueError("an enrolment lies before its site opened: mend one of the two dates")
    k = np.bincount(site, minlength=len(opened)).astype(float)
    ages = np.bincount(site, np.nan_to_num(day - opened[site]), len(opened)).astype(float)
    caps = np.full(len(opened), np.inf) if study.caps is None else np.asarray(study.caps, float)
    if np.any(caps < 0):
        raise ValueError("a site's most cannot be below 0")
    if not all(a <= b and 0 <= i < len(opened) for i, a, b in study.pauses):  # NaN is not before anything
        raise ValueError("a pause is of a site, from a day until the same or a later one")
    whose, start, stop = _windows(opened, closed, [(i, a - cut, b - cut) for i, a, b in study.pauses])
    undated = np.bincount(site[np.isnan(day)], minlength=len(opened)).astype(float)
    return _Sites(
        opened, start, stop, whose, k, ages, undated, np.maximum(np.where(np.isnan(caps), np.inf, caps) - k, 0)
    )


def _windows(
    opened: Array, closed: Array, pauses: Sequence[tuple[int, float, float]]
) -> tuple[NDArray[np.intp], Array, Array]:
    """(site, start, stop) of the stretches between opening and closing that no pause covers, at least one a site."""
    found: list[tuple[int, float, float]] = []
    stops: dict[int, list[tuple[float, float]]] = {}
    for site, begin, end in pauses:
        stops.setdefault(site, []).append((begin, end))
    for site, (begin, end) in enumerate(zip(opened, closed, strict=True)):
        at = float(begin)
        for away, back in sorted(stops.get(site, [])):
            if away > at:
                found.append((site, at, min(away, float(end))))
            at = min(max(at, back), float(end))
        # A pause without an end leaves no last stretch; one from infinity to infinity would have no length but NaN.
        found.append((site, at, float(end)) if np.isfinite(at) else (site, float(begin), float(begin)))
    site_of, start, stop = np.array(found, float).reshape(-1, 3).T
    return site_of.astype(np.intp), start, np.maximum(stop, start)


def _days(horizon: float, needed: Sequence[float], also: ArrayLike) -> Array:
    """Days after the cut: weekly for half a year, then ever coarser; and those asked for."""
    coarse = np.geomspace(182, max(horizon, 183), 36)
    extra = np.concatenate([[horizon], np.asarray(needed, float), np.asarray(also, float).ravel()])
    days = np.unique(np.concatenate([np.arange(0, 182, 7), coarse, extra]))
    return np.asarray(days[(days >= 0) & ((days <= horizon) | np.isin(days, extra))])


@dataclass(frozen=True)
class _Drawn:
    """Draws from the posterior of the gamma's ``shape`` and rate (``beta``) and of the trend, one of ``trends`` a day by
    its ``step``, in whose order the draws are."""

    shape: Array
    beta: Array
    step: NDArray[np.intp]
    trends: Array

    @property
    def trend(self) -> Array:
        """Trends a day."""
        return np.asarray(self.trends[self.step])


def _trends(sites: _Sites) -> Array:
    """Where to look for the trend: eleven steps about its likeliest value, as wide as it is uncertain, found on a fine
    grid at the prior's shape. A fixed grid is too coarse for a study of a thousand and wasteful for one of twenty."""
    exposed, shape = sites.exposure(_ALL_TRENDS, [0.0])[..., 0], np.exp(_SHAPE_PRIOR[0])
    beta = shape * exposed.sum(axis=1) / sites.total
    log_p = len(sites.k) * shape * np.log(beta) - ((shape + sites.k) * np.log(beta[:, None] + exposed)).sum(axis=1)
    log_p = log_p + _of_trend(sites, _ALL_TRENDS, exposed)
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    middle = float(weight @ _ALL_TRENDS)
    spread = max(float(np.sqrt(weight @ (_ALL_TRENDS - middle) ** 2)), float(_ALL_TRENDS[1] - _ALL_TRENDS[0]) / 2)
    return np.unique(np.clip(middle + spread * _STEPS, _ALL_TRENDS[0], _ALL_TRENDS[-1]))


def _of_trend(sites: _Sites, trends: Array, exposed: Array) -> Array:
    """Log prior of each trend and what the ages at enrolment say of it."""
    undated = (sites.undated * np.log(np.maximum(exposed, 1e-300))).sum(axis=1)
    return np.asarray(undated - trends * sites.ages.sum() - (trends * MONTH / TREND_SD) ** 2 / 2)


def _draw(sites: _Sites, draws: int, rng: np.random.Generator) -> _Drawn:
    """Points of the grid in proportion to prior times likelihood. The means are laid about each shape's and trend's
    best one, as wide as it is uncertain, so that a coarse grid is fine where it matters."""
    trends = _trends(sites)
    exposed = sites.exposure(trends, [0.0])[..., 0]  # (trend, site)
    k, shape = sites.k, _SHAPES[:, None, None]
    spread = np.sqrt(1 / k.sum() + 1 / (_SHAPES * max((exposed[0] > 0).sum(), 1)))
    log_mean = np.log(k.sum() / exposed.sum(axis=1))[None, :, None] + spread[:, None, None] * _MEANS
    beta = shape / np.exp(log_mean)  # (shape, trend, mean)
    each = special.gammaln(_SHAPES[:, None] + k) - special.gammaln(_SHAPES[:, None])
    log_p = each.sum(axis=1)[:, None, None] + len(k) * shape * np.log(beta)
    log_p = log_p - ((shape[..., None] + k) * np.log(beta[..., None] + exposed[None, :, None, :])).sum(axis=-1)
    by_trend = _of_trend(sites, trends, exposed)
    by_shape = np.log(spread) - ((np.log(_SHAPES) - _SHAPE_PRIOR[0]) / _SHAPE_PRIOR[1]) ** 2 / 2
    log_p = log_p + by_trend[None, :, None] + by_shape[:, None, None]
    weight = np.exp(log_p - log_p.max()).ravel()
    place = np.searchsorted(weight.cumsum() / weight.sum(), (np.arange(draws) + rng.random()) / draws)
    at = np.unravel_index(np.minimum(place, weight.size - 1), log_p.shape)
    order = np.argsort(at[1], kind="stable")
    return _Drawn(_SHAPES[at[0]][order], beta[at][order], at[1][order], trends)


def _site_rates(sites: _Sites, drawn: _Drawn, rng: np.random.Generator) -> tuple[Array, tuple[float, float, float]]:
    """(draw, site) rates a day at opening, and the trend's mean and 95% interval, a month."""
    exposed = sites.exposure(drawn.trends, [0.0])[drawn.step, :, 0]
    rates = rng.standard_gamma(drawn.shape[:, None] + sites.k) / (drawn.beta[:, None] + exposed)
    change = np.expm1(-drawn.trend * MONTH)
    low, high = np.quantile(change, [0.025, 0.975])
    return rates, (float(change.mean()), float(low), float(high))


def _paths(sites: _Sites, time: Array, rates: Array, drawn: _Drawn, rng: np.random.Generator) -> Array:
    """(draw, time) enrolled after the cut. Sites without a cap add up to one Poisson process; each with one is
    followed by itself."""
    ahead = sites.exposure(drawn.trends, np.concatenate([[0.0], time]))
    ahead = np.maximum(ahead[..., 1:] - ahead[..., :1], 0.0)
    free, capped = np.isinf(sites.room), np.flatnonzero(np.isfinite(sites.room))
    total = np.empty((len(rates), len(time)))
    for step in np.unique(drawn.step):
        mine = slice(*np.searchsorted(drawn.step, [step, step + 1]))
        total[mine] = _counts((rates[mine] if free.all() else rates[mine][:, free]) @ ahead[step][free], rng)
        for site in capped:
            each = _counts(rates[mine, site][:, None] * ahead[step, site], rng)
            total[mine] += np.minimum(each, sites.room[site])
    return total


def _counts(expected: Array, rng: np.random.Generator) -> Array:
    """Poisson counts by each time from the numbers ``expected`` by each time (last axis)."""
    steps = np.diff(expected, axis=-1, prepend=0.0)
    return np.asarray(rng.poisson(np.clip(steps, 0, 1e12)).cumsum(axis=-1), float)


def _completion(totals: Array, time: Array, target: int, rng: np.random.Generator) -> Array:
    """Days after the cut at which each draw reaches the target; inf where it does not. Within a step the enrolments
    lie at random, so the one wanted is an order statistic: a beta."""
    reached = totals >= target
    place = reached.argmax(axis=1)
    draw = np.arange(len(totals))
    after = totals[draw, place]
    before = np.where(place > 0, totals[draw, np.maximum(place - 1, 0)], after)
    inside = np.maximum(after - before, 1.0)
    wanted = np.clip(target - before, 1.0, inside)
    part = rng.beta(wanted, inside - wanted + 1)
    begin = time[np.maximum(place - 1, 0)]
    return np.where(reached[:, -1], np.where(place > 0, begin + part * (time[place] - begin), 0.0), np.inf)
