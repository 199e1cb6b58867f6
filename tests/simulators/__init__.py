"""Invented worlds whose truth is known, to challenge the methods with; the notebooks run them too."""
