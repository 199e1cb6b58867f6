"""The schedule as it stood each Monday: the next free times of every EHR site, further away the busier the site."""

from __future__ import annotations

import numpy as np

from pipelines.demo.clock import DAY, NEVER, as_date, moment
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

HEADER = ("Snapshot Date", "Site", "Visit Type", "Slot Start", "Status")
SHOWN = 5
WEEKS = 52


def write(folder: Folder, network: Network, referrals: Referrals, paths: Paths, seed: int) -> int:
    """Writes schedule/open_slots.csv: the last year's Mondays; returns how many free times it holds."""
    rng, clock = stream(seed, "slots"), network.clock
    sites = np.flatnonzero((network.sites.kept == "ehr") & (network.sites.activated < clock.last - 7 * WEEKS))
    booked = np.flatnonzero((paths.visit != NEVER) & (paths.booked != NEVER) & (referrals.study < 0))
    lead = np.maximum(0, (paths.visit[booked] - paths.booked[booked]) // DAY)
    usual = np.array(
        [
            np.median(lead[referrals.site[booked] == site]) if (referrals.site[booked] == site).any() else 9
            for site in range(len(network.sites))
        ]
    )
    last_monday = clock.last - (clock.last + 3) % 7
    rows: list[list[str]] = [list(HEADER)]
    for week in range(WEEKS - 1, -1, -1):
        day = last_monday - 7 * week
        for site in sites.tolist():
            # Patients choose later times than the first free one.
            day_of, clock_of = np.sort(rng.gamma(2.0, max(1.0, usual[site] / 5), SHOWN)), rng.integers(0, 36, SHOWN)
            for gap, quarter in zip(day_of, clock_of, strict=True):
                on = day + 1 + int(gap)
                on += (7 - (on + 3) % 7) % 7 if (on + 3) % 7 >= 5 else 0
                start = moment(on * DAY + 8 * 3600 + int(quarter) * 900)
                rows.append(
                    [
                        as_date(day).isoformat(),
                        str(network.sites.code[site]),
                        "New patient",
                        f"{start:%m/%d/%Y %I:%M %p}",
                        "Open",
                    ]
                )
    body = [list(row) for row in dict.fromkeys(map(tuple, rows[1:]))]
    if body:
        folder.csv("schedule/open_slots.csv", [rows[0], *body], FileTruth("open_slots", len(body)))
    return len(body)
