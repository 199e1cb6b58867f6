"""Splink 5's answer on the records of a labelled network: its usual recipe for people, trained on the data itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

COLUMNS = """select p.practitioner_id as unique_id, p.npi, norm_text(p.family_name) as family, norm_text(p.given_name) as given,
    p.middle_name as middle, p.credential, t.field as specialty, t.zips[1] as zip, t.numbers[1] as phone, t.organizations[1] as practice,
    left(norm_text(p.given_name), 1) as initial
    from practitioner p join practitioner_trait t on t.id = p.practitioner_id where p.family_name is not null"""


def linked(con: duckdb.DuckDBPyConnection, threshold: float) -> list[tuple[int, int]]:
    """(record, cluster) at a match probability of ``threshold``."""
    linker, scored = _scored(con)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        scored, threshold_match_probability=threshold
    )
    frame = clusters.as_pandas_dataframe()
    return list(zip(frame["unique_id"].astype("int64"), frame["cluster_id"].astype("int64"), strict=True))


@cache
def _scored(con: duckdb.DuckDBPyConnection) -> tuple[Any, Any]:
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("family"), cl.NameComparison("given"), cl.ExactMatch("npi"), cl.ExactMatch("middle"), cl.ExactMatch("specialty"),
            cl.ExactMatch("zip"), cl.ExactMatch("phone"), cl.ExactMatch("practice"), cl.ExactMatch("credential"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("npi"), block_on("family", "given"), block_on("practice", "initial"), block_on("practice", "family"),
            block_on("phone", "family"), block_on("zip", "family"),
        ],
    )  # fmt: skip
    api = DuckDBAPI(con)
    con.execute(f"create or replace table splink_input as {COLUMNS}")
    table = api.register("splink_input") if hasattr(api, "register") else "splink_input"
    linker = Linker(table, settings) if hasattr(api, "register") else Linker(table, settings, api)
    linker.training.estimate_probability_two_random_records_match([block_on("npi")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("family", "given"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("practice", "initial"))
    return linker, linker.inference.predict(threshold_match_probability=0.5)
