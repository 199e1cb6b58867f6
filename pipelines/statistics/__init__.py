"""The methods behind the figures: pure functions on numpy arrays, importing nothing else of ours."""
