"""The structure of a tagged PDF (ISO 32000-2, 14.7): which text belongs to which paragraph, row and table, on which page."""

from __future__ import annotations

from typing import Any

from vnsign.report.pdf.model import ARTIFACT, Sheets

Places = list[tuple[int, ...]]
"""Of each page: the element of each piece of marked content, by its number."""


def add_structure(document: Any, sheets: Sheets, places: Places) -> None:
    """Add the structure tree to a document whose pages are drawn.

    Args:
        document: ReportLab's ``PDFDocument``.
        sheets: what was drawn.
        places: where the elements are.
    """
    from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObjectReference, PDFString

    root = PDFDictionary({"Type": PDFName("StructTreeRoot")})
    whole = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName("Document"), "P": document.Reference(root)})
    nodes: list[Any] = []
    kids: list[list[Any]] = [[] for _ in sheets.elements]
    top: list[Any] = []
    for element in sheets.elements:
        node = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(element.kind)})
        if element.alternative:
            node.dict["Alt"] = PDFString(element.alternative)
        parent = whole if element.parent == ARTIFACT else nodes[element.parent]
        node.dict["P"] = document.Reference(parent)
        (top if element.parent == ARTIFACT else kids[element.parent]).append(document.Reference(node))
        nodes.append(node)
    numbers: list[Any] = []
    for index, marked in enumerate(places):
        page = PDFObjectReference(f"Page{index + 1}")
        for number, element_index in enumerate(marked):
            reference = PDFDictionary({"Type": PDFName("MCR"), "Pg": page, "MCID": number})
            kids[element_index].append(reference)
        owners = PDFArray([document.Reference(nodes[element_index]) for element_index in marked])
        numbers += [index, document.Reference(owners)]
        _tie(document.idToObject[f"Page{index + 1}"], index)
    for node, found in zip(nodes, kids, strict=True):
        node.dict["K"] = PDFArray(found)
    whole.dict["K"] = PDFArray(top)
    root.dict["K"] = document.Reference(whole)
    root.dict["ParentTree"] = document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
    root.dict["ParentTreeNextKey"] = len(places)
    document.Catalog.StructTreeRoot = root
    document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})


def _tie(page: Any, index: int) -> None:
    """The page's key in the parent tree; ReportLab writes no other keys than those that it lists."""
    from reportlab.pdfbase.pdfdoc import PDFName

    page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
    page.StructParents = index
    page.Tabs = PDFName("S")
