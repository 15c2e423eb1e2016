"""Formats: bytes to facts, and facts with a signature value to bytes. Independent of one another."""
