"""PDF: facts from signed documents, and signed documents from facts. Importing this package loads no PDF library."""
