"""A synthetic referral network, written as the export files that a real one would hand over.

``write(folder)`` simulates three years of sites, studies, practices, practitioners, referrals and what became of
them, and writes files only (EHR extracts, hand-kept logs, screening logs, messages to referrers, outreach log, surveys, registers), so
that a demo goes through the same door as anybody's upload. ``truth.json`` beside them, no export, tells what was
planted. Everything follows from the seed: the same arguments give the same bytes.

Nobody in here exists: NPIs come from a block that is not issued, patients are called Demo-..., numbers begin
with 555 and addresses end in ``.invalid``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from pipelines.demo import (
    accounts,
    calls,
    campaigns,
    counts,
    ehr,
    imaging,
    logs,
    messages,
    newsletters,
    outcomes,
    outreach,
    referrals,
    registers,
    schedule,
    screening,
    surveys,
    truth,
)
from pipelines.demo.clock import Clock
from pipelines.demo.files import Folder
from pipelines.demo.network import Network, Size, build
from pipelines.demo.truth import Truth

UNTIL = dt.date(2026, 10, 31)
YEARS = 3
Progress = Callable[[str, float], None]

__all__ = ["UNTIL", "Truth", "exports", "write"]


def write(
    folder: Path, seed: int = 2026, scale: float = 1.0, until: dt.date = UNTIL, on_progress: Progress | None = None
) -> Truth:
    """Writes the demo's files into ``folder`` (made if missing; what an earlier call wrote there is
    removed, anything else is left alone).

    ``scale`` 1.0 is 60 sites and about 150,000 referrals; 0.02 still has every quirk. ``until`` is the last day
    that the files know. ``on_progress`` is told what is being done and the fraction finished. Returns the truth,
    which also stands in ``folder/truth.json``. ``ValueError`` if ``scale`` is not above 0.
    """
    if scale <= 0:
        raise ValueError("scale must be above 0")
    tell = on_progress or (lambda label, fraction: None)
    start = until.replace(
        year=until.year - YEARS, day=min(until.day, 28) if until.month == 2 else until.day
    ) + dt.timedelta(days=1)
    clock = Clock(start, until)
    tell("Making up a network", 0.0)
    _clear(folder)
    network = build(Size.at(scale), clock, seed)
    arrived = referrals.simulate(network, seed)
    paths = outcomes.simulate(network, arrived, seed)
    registers.set_targets(network, arrived, paths, seed)
    known = Truth(seed, scale, start.isoformat(), until.isoformat())
    _write_files(Folder(folder), network, arrived, paths, known, tell)
    known.referrals = truth.count(network, arrived)
    known.conversion = truth.convert(network, arrived, paths)
    known.lapsed, known.paused = truth.lapsed(network, arrived), truth.paused(network)
    known.practices = truth.spellings(network)
    known.quirks = truth.quirks(network, arrived)
    known.save(folder / "truth.json")
    tell("Demo files written", 1.0)
    return known


def _clear(folder: Path) -> None:
    # Another seed names other files: those of an earlier demo would be loaded along with the new ones.
    if (folder / "truth.json").is_file():
        for path in Truth.load(folder / "truth.json").files:
            (folder / path).unlink(missing_ok=True)


def exports(folder: Path) -> list[Path]:
    """The files that ``write`` made, registers first, in the order in which a person would load them."""
    first = [folder / name for name in ("sites.xlsx", "studies.xlsx", "study_plan.csv", "npi_roster.csv")]
    kinds = ("ehr/REFERRAL_2*.tsv", "logs/*", "ehr/REFERRAL_HIST_*.tsv", "ehr/REFERRAL_APT_*.tsv", "screening/*",
             "study_profiles.xlsx", "enrolment_counts.csv", "messages/*", "outreach_log.csv", "contacts.csv", "relationships.xlsx", "gift_log.csv",
             "newsletter_a*.csv", "surveys/invites_*.csv", "surveys/surveymonkey_*.csv", "surveys/qualtrics_*.csv",
             "surveys/replies.csv", "imaging/*", "campaigns/campaigns.xlsx", "campaigns/*.csv", "calls/*", "schedule/*")  # fmt: skip
    return first + [path for kind in kinds for path in sorted(folder.glob(kind))]


def _write_files(
    folder: Folder,
    network: Network,
    arrived: referrals.Referrals,
    paths: outcomes.Paths,
    known: Truth,
    tell: Progress,
) -> None:
    seed = known.seed
    tell("Writing sites, studies and providers", 0.1)
    registers.write(folder, network, seed)
    tell("Writing the EHR's extracts", 0.2)
    events = ehr.write(folder, network, arrived, paths, seed)
    tell("Writing hand-kept referral logs", 0.65)
    logged = logs.write(folder, network, arrived, paths, seed)
    tell("Writing screening logs", 0.75)
    subjects, milestones = screening.write(folder, network, arrived, paths, seed)
    tell("Writing outreach and surveys", 0.9)
    told = messages.write(folder, network, arrived, paths, seed)
    contacts = accounts.people(network, seed)
    touches = outreach.write(folder, network, contacts, seed)
    kept = accounts.write(folder, network, contacts, seed)
    counted, profiles = counts.write(folder, network, seed), counts.write_profiles(folder, network)
    delivered = newsletters.write(folder, network, contacts, seed)
    known.surveys = surveys.write(folder, network, seed)
    tell("Writing imaging, campaigns and calls", 0.95)
    further = imaging.write(folder, network, arrived, paths, seed) | campaigns.write(folder, network, arrived, seed)
    further |= {
        "calls": calls.write(folder, network, seed),
        "open_slots": schedule.write(folder, network, arrived, paths, seed),
    }
    known.files = folder.truth_of()
    known.counts = {
        "sites": len(network.sites), "studies": len(network.studies), "practices": len(network.practices),
        "practitioners": len(network.people), "hand_kept_referrals": logged, "ehr_events": events,
        "subjects": subjects, "subject_events": milestones, "events": events + milestones, "touches": touches, "messages": told,
        **kept, "counted_enrolments": counted, "study_profiles": profiles, "newsletters_delivered": delivered,
        **further,
    }  # fmt: skip
