"""Limits on hostile input: every loop, size and depth has its number here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, all inclusive. Bytes are bytes; counts are counts.

    The defaults suit a portal; raise them with :func:`dataclasses.replace`. What is over a limit is refused
    (``LimitExceededError``) or, where it belongs to one signature, reported for that signature.
    """

    document_bytes: int = 256 * 1024 * 1024
    pdf_revisions: int = 64
    pdf_changed_objects: int = 5_000
    pdf_stream_bytes: int = 64 * 1024 * 1024
    pdf_decoded_bytes: int = 256 * 1024 * 1024
    signatures: int = 64
    signature_bytes: int = 4 * 1024 * 1024
    certificates: int = 64
    certificate_bytes: int = 64 * 1024
    admitted_certificates: int = 16
    signature_checks: int = 256
    chain_length: int = 8
    crl_bytes: int = 64 * 1024 * 1024
    ocsp_bytes: int = 64 * 1024
    timestamp_bytes: int = 256 * 1024
    timestamps: int = 16
    xml_bytes: int = 64 * 1024 * 1024
    xml_depth: int = 128
    xml_nodes: int = 2_000_000
    xml_references: int = 64
    xml_transforms: int = 8
    xml_reference_bytes: int = 512 * 1024 * 1024
    asic_entries: int = 1_000
    asic_bytes: int = 200 * 1024 * 1024
    asic_ratio: int = 100
    asic_name_bytes: int = 255
    asic_timestamps: int = 128
