"""Certificates, paths, revocation data, CMS signed data and time-stamp tokens."""
