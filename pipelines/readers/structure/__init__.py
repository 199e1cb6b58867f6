"""Finding the table in the rows of a file: where it begins, what its header is, which rows are no records.

The same for text, workbooks, web pages and arrays: what reads them gives rows of cells, these modules say what the rows are.
"""
