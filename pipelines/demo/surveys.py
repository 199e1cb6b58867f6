"""What referrers say: invitations, and the answers as SurveyMonkey (two header rows) and Qualtrics (three) export them.

The office survey (SurveyMonkey) carries the invitation's number; the pulse (Qualtrics) is anonymous and knows the
site only. Likely promoters differ by site.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from pipelines.demo import names
from pipelines.demo.clock import DAY, Floats, Ints, Texts, as_date, moment
from pipelines.demo.files import FileTruth, Folder, texts
from pipelines.demo.network import Network, stream

OFFICE, PULSE = "Referring Office Satisfaction", "Referring Clinician Pulse"
RECOMMEND = "How likely are you to recommend us to a colleague?"
OVERALL = "Overall, how would you rate working with our site?"
SPEED = "How would you rate how quickly we contact your patients?"
COMMENT = "Anything we should know?"
SITE = "Which site do you refer to most?"
MONKEY = ("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
          "Last Name", "Custom Data 1", RECOMMEND, OVERALL, SPEED, COMMENT, SITE)  # fmt: skip
QUALTRICS = ("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate",
             "ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference",
             "LocationLatitude", "LocationLongitude", "DistributionChannel", "UserLanguage", "Q1", "Q2", "Q3", "Q4", "Site")  # fmt: skip
QUALTRICS_LABELS = ("Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished",
                    "Recorded Date", "Response ID", "Recipient Last Name", "Recipient First Name", "Recipient Email",
                    "External Data Reference", "Location Latitude", "Location Longitude", "Distribution Channel",
                    "User Language", RECOMMEND, OVERALL, SPEED, COMMENT, "Site")  # fmt: skip
WORDS = ("Poor", "Fair", "Good", "Very good", "Excellent")
PREVIEWS = 3


@dataclass
class Answers:
    """Invitations and what was answered to each; ``answered`` tells whether it was by the last day."""

    practice: Ints
    site: Ints
    wave: Ints
    sent: Ints
    delivered: Ints
    answered: Ints
    done: Ints
    recommend: Ints
    overall: Ints
    speed: Ints
    comment: Texts

    def __len__(self) -> int:
        return len(self.sent)


def write(folder: Folder, network: Network, seed: int) -> dict[str, object]:
    """Writes the files of every year; returns counts and each site's true score."""
    answers = _simulate(network, stream(seed, "surveys"))
    year = np.array([as_date(day).year for day in answers.sent])
    for some in np.unique(year):
        rows = np.flatnonzero(year == some)
        _invites(folder, network, answers, rows, int(some))
        _monkey(
            folder, network, answers, rows[(answers.wave[rows] % 2 == 0) & (answers.answered[rows] == 1)], int(some)
        )
        _qualtrics(
            folder, network, answers, rows[(answers.wave[rows] % 2 == 1) & (answers.answered[rows] == 1)], int(some)
        )
    _replies(folder, network, answers, stream(seed, "replies"))
    return _summary(network, answers)


def _simulate(network: Network, rng: np.random.Generator) -> Answers:
    clock, people, sites, n = network.clock, network.people, network.sites, network.size.invites
    waves = (clock.last - clock.first) // 91
    wave = np.sort(rng.integers(0, waves, n))
    person = rng.choice(len(people), n, p=people.per_year / people.per_year.sum() * 0.6 + 0.4 / len(people))
    sent = clock.first + 20 + wave * 91 + rng.integers(0, 5, n)
    site = people.site[person]
    delivered = (rng.random(n) > 0.035).astype(np.int64)
    liked = sites.nps[site]
    chance = np.clip(0.46 + 0.05 * liked + 0.06 * (people.per_year[person] > 12), 0.1, 0.9)
    done = sent + 1 + rng.geometric(0.18, n)
    answered = (delivered == 1) & (rng.random(n) < chance) & (done <= clock.last) & (sites.activated[site] < sent)
    mood = liked + rng.normal(0, 1, n)
    return Answers(
        people.practice[person], site, wave, sent, delivered, answered.astype(np.int64), done,
        recommend=np.clip(np.round(7.9 + 1.9 * mood), 0, 10).astype(np.int64),
        overall=np.clip(np.round(4.0 + 0.7 * mood + rng.normal(0, 0.4, n)), 1, 5).astype(np.int64),
        speed=np.clip(np.round(3.7 + 0.5 * mood + rng.normal(0, 0.7, n)), 1, 5).astype(np.int64),
        comment=_comments(mood, rng),
    )  # fmt: skip


def _comments(mood: Floats, rng: np.random.Generator) -> Texts:
    lists = (names.COMMENTS_BAD, names.COMMENTS_MIXED, names.COMMENTS_GOOD)
    level = np.where(mood < -0.9, 0, np.where(mood < 0.4, 1, 2))
    turn = rng.random(len(mood))
    said = [lists[a][int(b * len(lists[a]))] for a, b in zip(level, turn, strict=True)]
    return np.where(rng.random(len(mood)) < 0.24, np.array(said, dtype=object), "")


def _number(rows: Ints) -> list[str]:
    return [f"INV-{row + 1:06d}" for row in rows]


def _invites(folder: Folder, network: Network, answers: Answers, rows: Ints, year: int) -> None:
    header = ["Invite ID", "Survey", "Practice", "Site", "Sent On", "Delivered"]
    columns = (
        _number(rows), [PULSE if wave % 2 else OFFICE for wave in answers.wave[rows]],
        texts(network.practices.name[answers.practice[rows]]), texts(network.sites.code[answers.site[rows]]),
        [as_date(day).isoformat() for day in answers.sent[rows]], ["Yes" if yes else "No" for yes in answers.delivered[rows]],
    )  # fmt: skip
    truth = FileTruth("survey_invites", len(rows), planted={"undelivered": int((answers.delivered[rows] == 0).sum())})
    folder.csv(f"surveys/invites_{year}.csv", [header, *map(list, zip(*columns, strict=True))], truth)


def _moments(answers: Answers, row: int) -> tuple[dt.datetime, dt.datetime]:
    start = moment(int(answers.done[row]) * DAY + 9 * 3600 + row * 37 % 30_000)
    return start, start + dt.timedelta(seconds=60 + row * 13 % 400)


def _monkey(folder: Folder, network: Network, answers: Answers, rows: Ints, year: int) -> None:
    """``surveymonkey_<year>.csv``: blank where a question was skipped."""
    if not len(rows):
        return
    table: list[list[str]] = [
        list(MONKEY),
        [""] * 9 + ["Response", "Response", "Response", "Open-Ended Response", "Response"],
    ]
    skipped = 0
    for row, number in zip(rows.tolist(), _number(rows), strict=True):
        start, end = _moments(answers, row)
        skip = row % 29 == 0
        skipped += skip
        table.append([
            f"118{row:08d}", "44001201", f"{start:%m/%d/%Y %I:%M:%S %p}", f"{end:%m/%d/%Y %I:%M:%S %p}", f"192.0.2.{row % 250 + 1}",
            f"office{row}@example.invalid", "Demo", f"Office {row}", number, str(answers.recommend[row]),
            "" if skip else WORDS[answers.overall[row] - 1], WORDS[answers.speed[row] - 1], answers.comment[row],
            str(network.sites.name[answers.site[row]]),
        ])  # fmt: skip
    truth = FileTruth("surveymonkey", len(rows), planted={"question_skipped": skipped, "header_rows": 2})
    folder.csv(f"surveys/surveymonkey_{year}.csv", table, truth)


def _qualtrics(folder: Folder, network: Network, answers: Answers, rows: Ints, year: int) -> None:
    """``qualtrics_<year>.csv``: begins with the maker's own previews, which are no answers."""
    if not len(rows):
        return
    imports = [
        f'{{"ImportId":"{name if name.startswith("Q") is False else "QID" + name[1:] + "_1"}"}}' for name in QUALTRICS
    ]
    table: list[list[str]] = [list(QUALTRICS), list(QUALTRICS_LABELS), imports]
    preview = int(rows[0])
    table += [
        _qualtrics_row(network, answers, preview, f"R_preview{year}{turn}", "Survey Preview")
        for turn in range(PREVIEWS)
    ]
    table += [_qualtrics_row(network, answers, row, f"R_demo{row:08d}", "IP Address") for row in rows.tolist()]
    truth = FileTruth("qualtrics", len(rows) + PREVIEWS, planted={"previews": PREVIEWS, "header_rows": 3})
    truth.planted["unfinished"] = sum(line[6] == "False" for line in table[3 + PREVIEWS :])
    folder.csv(f"surveys/qualtrics_{year}.csv", table, truth)


def _qualtrics_row(network: Network, answers: Answers, row: int, number: str, status: str) -> list[str]:
    start, end = _moments(answers, row)
    done = row % 23 != 0
    seconds = str(int((end - start).total_seconds()))
    return [
        str(start), str(end), status, f"203.0.113.{row % 250 + 1}", "100" if done else "60", seconds, "True" if done else "False", str(end), number,
        "", "", "", "", "35.0", "-78.0", "anonymous", "EN", str(answers.recommend[row]), str(answers.overall[row]) if done else "",
        str(answers.speed[row]) if done else "", answers.comment[row] if done else "", str(network.sites.code[answers.site[row]]),
    ]  # fmt: skip


REPLIES = ("Message ID", "Sent", "Message Type", "Medium", "Response ID", "Survey System", "Site")


def _replies(folder: Folder, network: Network, answers: Answers, rng: np.random.Generator) -> None:
    """``surveys/replies.csv``: answers to what known offices wrote, most of them within a week; the rest never."""
    asked = np.flatnonzero((answers.answered == 1) & (answers.wave % 2 == 0) & (answers.comment != ""))
    sent = answers.done[asked] + 1 + rng.exponential(3.2, len(asked)).astype(np.int64)
    sent += np.where((sent + 3) % 7 >= 5, 2, 0)
    told = (rng.random(len(asked)) < 0.62) & (sent <= network.clock.last)
    rows = [list(REPLIES)]
    for row, day in zip(asked[told].tolist(), sent[told].tolist(), strict=True):
        rows.append([
            f"F{row:07d}", f"{moment(day * DAY + 10 * 3600 + row * 53 % 20_000):%m/%d/%Y %I:%M %p}", "Feedback reply", "Email", f"118{row:08d}", "surveymonkey",
            str(network.sites.code[answers.site[row]]),
        ])  # fmt: skip
    if len(rows) > 1:
        folder.csv("surveys/replies.csv", rows, FileTruth("communication_log", len(rows) - 1))


def _summary(network: Network, answers: Answers) -> dict[str, object]:
    said = answers.answered == 1
    by_site = {}
    for site, code in enumerate(network.sites.code):
        scores = answers.recommend[said & (answers.site == site)]
        if len(scores):
            by_site[str(code)] = {
                "n": len(scores),
                "nps": round(100 * float((scores >= 9).mean() - (scores <= 6).mean()), 2),
            }
    scores = answers.recommend[said]
    nps = 100 * float((scores >= 9).mean() - (scores <= 6).mean())
    return {
        "invites": len(answers),
        "delivered": int(answers.delivered.sum()),
        "responses": int(said.sum()),
        "nps": round(nps, 2),
        "by_site": by_site,
    }
