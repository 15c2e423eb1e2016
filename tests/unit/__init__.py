"""Tests of single modules, mirroring the source."""
