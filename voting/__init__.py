"""The rules of a roll-call vote, the ledger of its facts, and their audit. Stands on the standard library alone."""
