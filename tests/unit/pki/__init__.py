"""Tests of path processing, revocation data and certificate identity."""
