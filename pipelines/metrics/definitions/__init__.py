"""The metrics, one file each, with a module-level ``METRIC``: adding one touches nothing else.

What several of them are made of stands beside this folder.
"""
