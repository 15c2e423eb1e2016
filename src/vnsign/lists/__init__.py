"""Trusted lists (ETSI TS 119 612) and certificate lists of authorities as one more source of trust anchors."""
