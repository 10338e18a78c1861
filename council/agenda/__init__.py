"""Preparing a sitting before it opens: its agenda from a table or a text, drafts, publication and its deadline.

What is read becomes `PlannedItem`s (`council/sitting.py`), never half of them: a file with a problem gives the problems
and nothing else.
"""
