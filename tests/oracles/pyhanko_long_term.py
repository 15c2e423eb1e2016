"""pyHanko's own long-term validation (EN 319 102-1, 5.6.3) of a PDF, offline, with nothing but roots and the document."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from vnsign.model.certificate import Certificate


def judged(document: bytes, roots: Sequence[Certificate], at: datetime, *, password: str | None = None) -> str:
    """The sub-indication of the first signature at a moment, ``OK`` when it passes."""
    trust = SimpleTrustManager.build(trust_roots=[x509.Certificate.load(item.der) for item in roots])
    spec = SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=trust, revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=REQUIRE_REVINFO)
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
    )
    reader = PdfFileReader(BytesIO(document))
    if password is not None:
        reader.decrypt(password)
    result = asyncio.run(
        ades_lta_validation(
            reader.embedded_regular_signatures[0],
            PdfSignatureValidationSpec(spec),
            timing_info=ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True),
        )
    )
    return result.ades_subindic.name
