"""Trusted lists made for tests, signed with the test PKI."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vnsign.crypto.algorithms import for_key
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.formats.xml.prepare import embed_xml, prepare_xml
from vnsign.model.certificate import Certificate
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SIGNER = "organisation"
TSL = "http://uri.etsi.org/02231/v2#"
CA_QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
QTST = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
CA_PKC = "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
INFO = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
GENERIC = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
OF_LISTS = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"


@dataclass(frozen=True)
class Entry:
    """One status of a service."""

    status: str
    since: str
    type_uri: str = CA_QC
    certificates: tuple[Certificate, ...] = ()
    extensions: str = ""


def identity(certificates: Sequence[Certificate]) -> str:
    ids = "".join(
        f"<DigitalId><X509Certificate>{base64.b64encode(item.der).decode()}</X509Certificate></DigitalId>"
        for item in certificates
    )
    return f"<ServiceDigitalIdentity>{ids}</ServiceDigitalIdentity>"


def _entry(tag: str, entry: Entry) -> str:
    status = entry.status if ":" in entry.status else STATUS + entry.status
    extensions = f"<ServiceInformationExtensions>{entry.extensions}</ServiceInformationExtensions>" if entry.extensions else ""
    return (
        f"<{tag}><ServiceTypeIdentifier>{entry.type_uri}</ServiceTypeIdentifier>"
        f'<ServiceName><Name xml:lang="en">Service</Name></ServiceName>{identity(entry.certificates)}'
        f"<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{entry.since}</StatusStartingTime>{extensions}</{tag}>"
    )


def service(current: Entry, *history: Entry) -> str:
    past = "".join(_entry("ServiceHistoryInstance", item) for item in history)
    return (
        f"<TSPService>{_entry('ServiceInformation', current)}"
        f"{f'<ServiceHistory>{past}</ServiceHistory>' if past else ''}</TSPService>"
    )


def critical(name: str = "Unheard", flag: str = "true") -> str:
    return f'<Extension Critical="{flag}"><{name}/></Extension>'


def use(name: str) -> str:
    return (
        '<Extension Critical="true"><AdditionalServiceInformation>'
        f'<URI xml:lang="en">{INFO}{name}</URI></AdditionalServiceInformation></Extension>'
    )


def pointer(territory: str, *certificates: Certificate, type_uri: str = GENERIC) -> str:
    identities = "".join(identity([item]) for item in certificates)
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities>{identities}</ServiceDigitalIdentities>"
        f"<TSLLocation>https://lists.vnsign.test/{territory}.xml</TSLLocation><AdditionalInformation>"
        f"<OtherInformation><TSLType>{type_uri}</TSLType></OtherInformation>"
        f"<OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation>"
        "</AdditionalInformation></OtherTSLPointer>"
    )


def unsigned(
    *services: str,
    version: str = "5",
    sequence: str = "7",
    type_uri: str = GENERIC,
    territory: str = "XX",
    issued: str = "2026-10-01T00:00:00Z",
    next_update: str | None = "2027-04-01T00:00:00Z",
    pointers: str = "",
    attributes: str = 'Id="list"',
    extra: str = "",
) -> bytes:
    until = "<NextUpdate/>" if next_update is None else f"<NextUpdate><dateTime>{next_update}</dateTime></NextUpdate>"
    provided = (
        '<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">Provider</Name>'
        f"</TSPName></TSPInformation><TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider>"
        "</TrustServiceProviderList>"
    )
    return (
        f'<TrustServiceStatusList xmlns="{TSL}" {attributes} TSLTag="http://uri.etsi.org/19612/TSLTag">'
        f"<SchemeInformation><TSLVersionIdentifier>{version}</TSLVersionIdentifier>"
        f"<TSLSequenceNumber>{sequence}</TSLSequenceNumber><TSLType>{type_uri}</TSLType>"
        '<SchemeOperatorName><Name xml:lang="vi">Cơ quan</Name><Name xml:lang="en">Operator</Name></SchemeOperatorName>'
        f"<SchemeTerritory>{territory}</SchemeTerritory><ListIssueDateTime>{issued}</ListIssueDateTime>{until}"
        f"{f'<PointersToOtherTSL>{pointers}</PointersToOtherTSL>' if pointers else ''}</SchemeInformation>"
        f"{provided if services else ''}{extra}</TrustServiceStatusList>"
    ).encode()


def signed(
    document: bytes,
    name: str = SIGNER,
    *,
    reference: str = "",
    parent: str = "",
    enveloping: bool = False,
    id_: str = "",
    digest: str = "sha256",
) -> bytes:
    """The document signed as XAdES by a certificate of the test PKI."""
    signer = PKI.signer(name)
    algorithm = for_key(signer.certificate.x509.public_key(), "sha256", padding="pkcs1v15", plain_ecdsa=True)
    if enveloping:
        placement = XmlPlacement.xades_enveloping(signature_id=id_)
    else:
        placement = XmlPlacement.xades_enveloped(reference=reference, parent=parent, signature_id=id_)
    prepared = prepare_xml(
        document, certificate=signer.certificate, algorithm=algorithm, placement=placement, at=AT, digest=digest
    )
    (value,) = signer.sign([prepared.to_be_signed], algorithm)
    return embed_xml(prepared, value)


def granted(*certificates: Certificate, since: str = "2024-06-01T00:00:00Z", type_uri: str = CA_QC) -> str:
    return service(Entry("granted", since, type_uri, certificates))


def sample(name: str = SIGNER, **fields: str | None) -> bytes:
    """A sound list: ``stranger-root`` signs documents, ``public-tsa`` stamps."""
    services = (
        granted(PKI.certificate("stranger-root")),
        granted(PKI.certificate("public-tsa"), type_uri=QTST),
    )
    return signed(unsigned(*services, **fields), name)  # type: ignore[arg-type]  # texts all
