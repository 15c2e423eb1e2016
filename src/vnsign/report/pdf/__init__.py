"""Reports as a paper to keep in the file: PDF, A4, in the layout of administrative papers, with a font that is embedded."""

from vnsign.report.pdf.paper import render as render
