"""Trusted lists: signature, content, anchors, folders."""
