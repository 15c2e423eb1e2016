"""The transforms of one reference, in the order written (XMLDSig 4.4.3.4 and 6.6)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from vnsign.formats.xml import names, xpath
from vnsign.formats.xml.faults import Fault
from vnsign.formats.xml.nodes import NodeSet, Reading, parse_octets

Data = NodeSet | bytes
"""What passes from one transform to the next."""
_SPACE = re.compile(rb"\s+")


def apply(data: Data, transforms: Any, signature: Any, reading: Reading) -> tuple[Data, NodeSet | None]:
    """Run the transforms of a reference.

    Args:
        data: what the URI gave.
        transforms: the ``ds:Transforms`` element, or ``None``.
        signature: the ``ds:Signature`` being read: the only one that ``enveloped-signature`` removes.
        reading: the document, for its limits.

    Returns:
        Octets, or a node set where no transform made octets; and the last set of nodes of the document itself, which is what
        is covered.

    Raises:
        Fault: ``xml.transform-unsupported`` (XSLT always), ``xml.transform-failed``, ``xml.canonicalisation-failed``,
            ``xml.limit``.
    """
    covered = data if isinstance(data, NodeSet) else None
    steps = [] if transforms is None else [child for child in transforms if isinstance(child.tag, str)]
    if len(steps) > reading.limits.xml_transforms:
        raise Fault("xml.limit", what="transforms of one reference")
    for step in steps:
        method = step.get("Algorithm") or ""
        run = _TRANSFORMS.get(method) if step.tag == names.TRANSFORM else None
        if run is None:
            raise Fault("xml.transform-unsupported", transform=method or step.tag)
        data = run(data, step, signature, reading)
        if isinstance(data, NodeSet) and data.reading is reading:
            covered = data
    return data, covered


def octets(data: Data, reading: Reading) -> bytes:
    """The octets to be digested: a node set takes Canonical XML 1.0 (XMLDSig 4.4.3.2)."""
    found = data if isinstance(data, bytes) else data.octets(names.C14N_10)
    reading.budget.spend(len(found))
    return found


def inclusive_prefixes(method: Any) -> tuple[str, ...]:
    """``InclusiveNamespaces/@PrefixList`` of a transform or of ``CanonicalizationMethod``."""
    found = method.find(names.INCLUSIVE_NAMESPACES)
    return () if found is None else tuple((found.get("PrefixList") or "").split()[:64])


def _as_nodes(data: Data, reading: Reading) -> NodeSet:
    if isinstance(data, NodeSet):
        return data
    return NodeSet(parse_octets(data, reading), comments=True)


def _enveloped(data: Data, _step: Any, signature: Any, _reading: Reading) -> Data:
    # Vietnamese e-invoices ask for this transform although the signature stands outside of what is referenced, and of octets
    # there is no signature to take out: then it changes nothing.
    return data.without(signature) if isinstance(data, NodeSet) else data


def _canonical(data: Data, step: Any, _signature: Any, reading: Reading) -> Data:
    found = _as_nodes(data, reading).octets(step.get("Algorithm"), inclusive_prefixes(step))
    reading.budget.spend(len(found))
    return found


def _base64(data: Data, _step: Any, _signature: Any, reading: Reading) -> Data:
    text = data.text() if isinstance(data, NodeSet) else data
    reading.budget.spend(len(text))
    try:
        return base64.b64decode(_SPACE.sub(b"", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("xml.transform-failed", transform=names.BASE64, found=error) from error


def _xpath(data: Data, step: Any, signature: Any, reading: Reading) -> Data:
    expressions = step.findall(names.ds("XPath"))
    if len(expressions) != 1:
        raise Fault("xml.transform-unsupported", transform=f"{names.XPATH} with {len(expressions)} expressions")
    return xpath.filter_nodes(_as_nodes(data, reading), expressions[0], signature)


def _filter2(data: Data, step: Any, signature: Any, reading: Reading) -> Data:
    expressions = step.findall(f"{{{names.FILTER2_NS}}}XPath")
    if not 0 < len(expressions) <= reading.limits.xml_transforms:
        raise Fault("xml.transform-unsupported", transform=f"{names.XPATH_FILTER2} with {len(expressions)} expressions")
    return xpath.filter2_nodes(_as_nodes(data, reading), expressions, signature)


_TRANSFORMS: dict[str, Callable[[Data, Any, Any, Reading], Data]] = {
    **dict.fromkeys(names.C14N_METHODS, _canonical),
    names.ENVELOPED: _enveloped,
    names.BASE64: _base64,
    names.XPATH: _xpath,
    names.XPATH_FILTER2: _filter2,
}
"""Every transform that is processed. XSLT never is: it runs programs."""
