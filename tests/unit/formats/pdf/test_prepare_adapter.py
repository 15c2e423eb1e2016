"""What is relied on of pyHanko's writing side; a new minor version that moves any of it fails here first."""

from __future__ import annotations

import inspect
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from vnsign.testing.documents import result_pdf


def parameters(function: object) -> set[str]:
    return set(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_the_writer_has_the_hooks_that_are_overridden():
    assert IncrementalPdfFileWriter.output_version >= (1, 0)
    assert IncrementalPdfFileWriter.IO_CHUNK_SIZE > 0
    assert callable(IncrementalPdfFileWriter._handle_id)
    assert callable(IncrementalPdfFileWriter._update_meta)


def test_signatures_of_what_is_called():
    assert {"field_name", "writer", "existing_fields_only"} <= parameters(PdfCMSEmbedder.write_cms)
    assert {"timestamp", "subfilter", "name", "reason", "bytes_reserved"} <= parameters(SignatureObject)
    assert {"sig_placeholder", "mdp_setup"} <= parameters(SigObjSetup)
    assert {"md_algorithm", "in_place"} <= parameters(SigIOSetup)
    assert {"certify", "field_lock", "docmdp_perms"} <= parameters(SigMDPSetup)
    assert {"sig_field_name", "on_page", "box"} <= parameters(SigFieldSpec)
    assert {"signer_info", "cert", "expected_content_type", "actual_digest"} <= parameters(validate_sig_integrity)
    assert {"reader", "sig_field"} <= parameters(EmbeddedPdfSignature)
    assert SigSeedSubFilter.PADES.value == "/ETSI.CAdES.detached"
    assert SignatureCoverageLevel.ENTIRE_FILE
    assert callable(FieldMDPSpec.from_pdf_object)
    assert MDPPerm(1) is MDPPerm.NO_CHANGES


def test_get_of_a_dictionary_follows_no_reference_and_brackets_do():
    root = PdfFileReader(BytesIO(result_pdf())).root
    assert root.get("/Pages") is not root["/Pages"]
    assert root["/Pages"]["/Type"] == "/Pages"


def test_what_raising_relies_on():
    """Numbers of new objects start where they are told to; the update goes to the stream that is put in place."""
    from pyhanko.pdf_utils import generic
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
    from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

    from vnsign.formats.appended import AppendingStream

    writer = IncrementalPdfFileWriter(BytesIO(result_pdf()))
    writer._lastobj_id = 499
    assert writer.add_object(generic.NumberObject(1)).idnum == 500
    writer.prev.stream = stream = AppendingStream(result_pdf())
    writer.write_in_place()
    assert b"500 0 obj" in stream.appended()
    assert DocumentTimestamp(bytes_reserved=10)["/SubFilter"] == "/ETSI.RFC3161"
    assert ModificationLevel.NONE < ModificationLevel.LTA_UPDATES < ModificationLevel.FORM_FILLING
    assert "modification_level" in DiffResult.__dataclass_fields__
