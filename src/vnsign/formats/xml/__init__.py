"""XML signatures: XMLDSig (W3C) and XAdES (EN 319 132-1), on one lxml tree. Importing this package loads no lxml."""
