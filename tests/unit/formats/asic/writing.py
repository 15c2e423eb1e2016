"""Help for the tests of container writing: sign with the test PKI, raise with its authority, take containers apart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta

from tests.unit.formats.asic.builder import AT
from tests.unit.formats.cms.writing import material
from vnsign.formats.asic.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.asic.placement import AsicPlacement, ContainerForm, ContainerKind
from vnsign.formats.asic.prepare import PreparedAsic, embed_asic, prepare_asic
from vnsign.formats.asic.read import read_asic
from vnsign.formats.pending import PendingTimestamp
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts
from vnsign.model.limits import Limits
from vnsign.signing.profile import Padding, choose_algorithm
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

PKI = TestPki.load()
TEXT = "Đơn đề nghị cấp bản sao trích lục\n".encode()
NAME = "Đơn đề nghị.txt"
MORE = (("hồ sơ/bản vẽ số 1.txt", "Bản vẽ ".encode() * 100), ("a&b + c%20.pdf", b"%PDF-1.4\n"), ("trống.txt", b""))
S_XADES = AsicPlacement(container=ContainerKind.S, form=ContainerForm.XADES, name=NAME)
S_CADES = AsicPlacement(container=ContainerKind.S, form=ContainerForm.CADES, name=NAME)
E_XADES = AsicPlacement(container=ContainerKind.E, form=ContainerForm.XADES, name=NAME, more_files=MORE)
E_CADES = AsicPlacement(container=ContainerKind.E, form=ContainerForm.CADES, name=NAME, more_files=MORE)
PLACEMENTS = {"asic-s-xades": S_XADES, "asic-s-cades": S_CADES, "asic-e-xades": E_XADES, "asic-e-cades": E_CADES}
ONE_MORE = AsicPlacement()


def prepared(document: bytes, placement: AsicPlacement, who: str = "citizen", **more: object) -> PreparedAsic:
    item = PKI.credential(who)
    algorithm = choose_algorithm(item.certificate, digest="sha256", padding=Padding.PKCS1V15, plain_ecdsa=False)
    return prepare_asic(
        document,
        certificate=item.certificate,
        chain=item.chain[:-1],
        algorithm=algorithm,
        placement=placement,
        at=AT,
        **more,  # type: ignore[arg-type]  # passed on
    )


def finished(found: PreparedAsic, who: str = "citizen") -> bytes:
    item = PKI.credential(who)
    algorithm = choose_algorithm(item.certificate, digest="sha256", padding=Padding.PKCS1V15, plain_ecdsa=False)
    return embed_asic(found, PKI.signer(who).sign([found.to_be_signed], algorithm)[0])


def signed(document: bytes = TEXT, placement: AsicPlacement = E_XADES, who: str = "citizen", **more: object) -> bytes:
    return finished(prepared(document, placement, who, **more), who)


def read(data: bytes) -> DocumentFacts:
    return read_asic(DocumentSource("document", data=data), limits=Limits())


def ids(data: bytes) -> list[str]:
    return [item.id for item in read(data).signatures]


def embedded(pending: PendingTimestamp, *, days: int = 0) -> bytes:
    moment = AT + timedelta(days=days)
    return pending.embed(SimulatedTsa.of(PKI, clock=lambda: moment).token(pending.digest, pending.imprint))


def level_t(data: bytes, id_: str) -> bytes:
    return embedded(begin_signature_timestamp(data, id_))


def level_lt(data: bytes, id_: str, who: str = "citizen") -> bytes:
    return add_material(level_t(data, id_), id_, material(who))


def archived(data: bytes, id_: str, *, days: int = 1) -> bytes:
    return embedded(begin_archive_timestamp(data, id_), days=days)


def levels(data: bytes) -> list[str]:
    return [item.level for item in read(data).signatures if item.document_timestamp is None]


def entries(data: bytes) -> dict[str, bytes]:
    """The entries as another program sees them, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def packed(data: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """The bytes of entries as they lie in the file, local header and all."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        infos = sorted(found.infolist(), key=lambda item: item.header_offset)
        stops = [*(item.header_offset for item in infos[1:]), found.start_dir]
    spans = {item.filename: data[item.header_offset : stop] for item, stop in zip(infos, stops, strict=True)}
    return {name: spans[name] for name in names}
