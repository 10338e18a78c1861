"""The roof: what each `council …` command does. Imports every floor and is imported by `council.__main__` alone."""
