"""An own, strict reader of PDF objects for files without anything unusual; see ``docs/adr/0004-strict-pdf-reader.md``."""
