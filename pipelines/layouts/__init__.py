"""Tables that are not yet one row per thing: turned, before they are mapped, into ones that are.

REDCap projects, surveys of one column per question, tables of one column per month.
"""
