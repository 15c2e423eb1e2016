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
