"""Asterisk's files without a header: its queue log, an event a line, put together into calls, and its call records by position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.readers import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_RECORD = ("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end", "duration",
           "billsec", "disposition", "amaflags", "uniqueid", "userfield")  # fmt: skip
_ENDINGS = "'ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION'"
_LEFT = "'EXITEMPTY', 'EXITWITHKEY', 'EXITWITHTIMEOUT', 'ABANDON', 'FULL', 'JOINEMPTY', 'LEAVEEMPTY', 'JOINUNAVAIL', 'LEAVEUNAVAIL'"
_TALKED = "'COMPLETEAGENT', 'COMPLETECALLER', 'TRANSFER', 'BLINDTRANSFER', 'ATTENDEDTRANSFER'"
_EVENTS = f"{_LEFT}, {_TALKED}, 'ENTERQUEUE', 'CONNECT', 'RINGNOANSWER', 'AGENTDUMP', 'AGENTLOGIN', 'AGENTLOGOFF', 'AGENTCALLBACKLOGIN', 'AGENTCALLBACKLOGOFF', 'ADDMEMBER', 'REMOVEMEMBER', 'PAUSE', 'UNPAUSE', 'PAUSEALL', 'UNPAUSEALL', 'CONFIGRELOAD', 'QUEUESTART', 'SYSCOMPAT', 'DID', 'INFO', 'CALLSTATUS', 'PENALTY', 'RINGCANCELED', 'MEMBERSTATUS'"
CALLS = ("Call ID", "Call Start (UTC)", "Queue", "Call Direction", "Call Result", "Time in Queue", "Talk Time")
_NEARLY_ALL = 0.95


def shape(con: DuckDBPyConnection, reading: Reading) -> None:
    """Name the columns of a file without a header that is one of Asterisk's, in place."""
    if reading.header_rows or reading.named or not all(name.startswith("Column ") for name in reading.header):
        return
    width = len(reading.header)
    if 6 <= width <= 10 and _share(con, f"regexp_full_match(c0, '1[0-9]{{9}}') and c4 in ({_EVENTS})"):
        _put_together(con, reading)
    elif width in (17, 18) and _share(
        con,
        f"c14 in ({_ENDINGS}) and regexp_full_match(c9, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} .*') and regexp_full_match(c13, '[0-9]+')",
    ):
        reading.header = list(_RECORD[:width])
        reading.notes.append("It has the columns of Asterisk's call records, which are written without a header.")


def _share(con: DuckDBPyConnection, sql: str) -> bool:
    rows, fit = con.execute(f"select count(*), count(*) filter ({sql}) from stage").fetchall()[0]
    return bool(rows and fit >= _NEARLY_ALL * rows)


def _take_short_lines(con: DuckDBPyConnection, reading: Reading) -> None:
    """Events have as many cells as they have something to say: a line with fewer than others is no fault."""
    width = len(reading.header)
    short = [
        one for one in reading.findings if one.code == "ragged_row" and one.row is not None and "|" in (one.value or "")
    ]
    lines = [[*(one.value or "").strip().split("|"), *[""] * width][:width] for one in short]
    if lines:
        marks = ", ".join("?" * (width + 1))
        con.executemany(
            f"insert into stage values ({marks})",
            [[one.row, *[cell or None for cell in cells]] for one, cells in zip(short, lines, strict=True)],
        )
    told = {id(one) for one in short}
    reading.findings = [
        one for one in reading.findings if id(one) not in told and one.code not in ("row_filled_up", "row_mended")
    ]


def _put_together(con: DuckDBPyConnection, reading: Reading) -> None:
    """A call in a queue is a row: when it came, how long it waited, whether anybody answered, how long they talked. What agents
    and the queue itself do is no call's."""
    _take_short_lines(con, reading)
    data = [f"c{place}" if place < len(reading.header) else "null" for place in range(5, 9)]
    number = [f"try_cast({cell} as bigint)" for cell in data]
    con.execute(
        f"""create or replace temp table queued as select min(row) as row, c1 as c0,
            strftime(make_timestamp(min(c0::bigint) * 1000000), '%Y-%m-%d %H:%M:%S') as c1, c2, 'inbound' as c3,
            case when bool_or(c4 = 'CONNECT' or c4 in ({_TALKED})) then 'answered' when bool_or(c4 = 'ABANDON') then 'abandoned'
                when bool_or(c4 in ({_LEFT})) then 'other' end as c4,
            coalesce(max({number[0]}) filter (c4 = 'CONNECT'), max({number[0]}) filter (c4 in ('COMPLETEAGENT', 'COMPLETECALLER')),
                max({number[2]}) filter (c4 in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY')))::varchar as c5,
            max({number[1]}) filter (c4 in ('COMPLETEAGENT', 'COMPLETECALLER'))::varchar as c6
        from stage where regexp_full_match(c0, '1[0-9]{{9}}') and c1 not in ('NONE', 'MANAGER', 'REALTIME')
        group by c1, c2 having bool_or(c4 in ('ENTERQUEUE', 'CONNECT') or c4 in ({_LEFT}) or c4 in ({_TALKED}))"""
    ).fetchall()
    (calls,) = con.execute("select count(*) from queued").fetchall()[0]
    if not calls:
        con.execute("drop table queued").fetchall()
        return
    con.execute("drop table stage").fetchall()
    con.execute("create temp table stage as select * from queued order by row").fetchall()
    con.execute("drop table queued").fetchall()
    reading.notes.append(
        f"It is a queue log of Asterisk: {reading.records:,} lines, one an event, were put together into {calls:,} calls."
    )
    reading.header, reading.records = list(CALLS), calls
