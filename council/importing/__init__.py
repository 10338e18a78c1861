"""Taking over what others recorded: one module a format, pure reading apart from writing.

Missing data is better than incorrect data: nothing is guessed, what cannot be read is reported by file, place and
reason, the rest is taken over, and the SHA-256 of the original bytes stands beside what was made of them.
"""
