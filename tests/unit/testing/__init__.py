"""Tests of the integrators' kit."""
