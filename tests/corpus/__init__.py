"""A corpus of damaged text tables, made afresh from a seed: clean tables, kinds of damage, and how a reading is marked."""
