"""See what was signed: the signed revision of a PDF, the pages that differ from it, the covered parts of XML, the data.

Everything here asks for the report of a verification first: data of a signature that does not hold are handed out only to
whoever says so.
"""

from vnsign.showing.comparison import Comparison, PageChange, PageDifference
from vnsign.showing.data import CoveredFile, covered_data
from vnsign.showing.limits import RenderLimits
from vnsign.showing.pages import compare_pages
from vnsign.showing.revision import signed_revision
from vnsign.showing.xml_page import marked_html

__all__ = [
    "Comparison",
    "CoveredFile",
    "PageChange",
    "PageDifference",
    "RenderLimits",
    "compare_pages",
    "covered_data",
    "marked_html",
    "signed_revision",
]
