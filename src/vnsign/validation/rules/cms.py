"""Structure of CMS signatures (RFC 5652); faults are reported by the reader of signed data."""

from __future__ import annotations

from vnsign.model.verdict import SubIndication
from vnsign.validation.registry import Citation, structural

structural("cms.malformed", cites=(Citation("RFC 5652, 5"), Citation("ITU-T X.690")))
structural("cms.not-signed-data", cites=(Citation("RFC 5652, 5"),))
structural("cms.no-signer", cites=(Citation("RFC 5652, 5.1"),))
structural("cms.several-signers", cites=(Citation("ISO 32000-2:2020, 12.8.3.3.1"), Citation("RFC 3161, 2.4.2")))
structural("cms.trailing-data", cites=(Citation("RFC 5652, 3"),))
structural("cms.counter-signature-content-type", cites=(Citation("RFC 5652, 11.1 and 11.4"),))
structural("cms.encapsulated-in-detached", cites=(Citation("ISO 32000-2:2020, 12.8.3.3"),))
structural("cms.signed-attributes-missing", cites=(Citation("RFC 5652, 5.3"),))
structural("cms.attributes-as-content", cites=(Citation("RFC 5652, 5.3 and 5.4"),))
structural("cms.message-digest-missing", cites=(Citation("RFC 5652, 5.3 and 11.2"),))
structural("cms.content-type-missing", cites=(Citation("RFC 5652, 5.3 and 11.1"),))
structural("cms.content-type-mismatch", cites=(Citation("RFC 5652, 11.1"),))
structural("cms.attribute-not-unique", cites=(Citation("RFC 5652, 11"), Citation("RFC 5035, 3")))
structural("cms.algorithm-protection", cites=(Citation("RFC 6211, 2"),))
structural(
    "cms.signer-ambiguous",
    cites=(Citation("RFC 5652, 5.3"), Citation("ETSI EN 319 102-1 V1.4.1, 5.2.3")),
    on_fail=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
)
# What follows leaves the mathematics alone, stands where anybody can write, or is over a limit of this library.
structural("cms.signing-time-malformed", cites=(Citation("RFC 5652, 11.3"),), on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE)
structural(
    "cms.digest-algorithm-mismatch",
    cites=(Citation("RFC 5652, 5.3"), Citation("RFC 4056, 3")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
structural(
    "cms.unsigned-attribute-malformed",
    cites=(Citation("ETSI EN 319 122-1 V1.3.1, A.1"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
structural("cms.timestamp-malformed", cites=(Citation("RFC 3161, 2.4.2"),), on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE)
structural(
    "cms.archive-timestamp-index",
    cites=(Citation("ETSI EN 319 122-1 V1.3.1, 5.5.2"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
structural(
    "cms.over-limit",
    cites=(Citation("ETSI EN 319 102-1 V1.4.1, 5.1.1"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
