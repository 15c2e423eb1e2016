"""Fuzzing of every parser: ``python -m fuzz TARGET``. See ``docs/explanation/hostile-input.md``."""
