"""Algorithms, digests and signature values, on ``cryptography``."""
