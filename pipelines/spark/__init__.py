"""The road beyond one machine: the same texts that DuckDB runs, said to Apache Spark.

``dialect`` says a text in Spark's words, ``session`` starts and ends Spark, ``engine`` runs statements against it as
a DuckDB connection would, ``build`` makes a generation with it. Only a whole build goes this way; a metric is always
asked of DuckDB, because percentiles and distinct counts mean something else from engine to engine without a word.
"""
