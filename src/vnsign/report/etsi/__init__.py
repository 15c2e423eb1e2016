"""The validation report of ETSI TS 119 102-2 V1.4.1 in XML: ``write.render``, ``read.read``, and what both say: ``said``."""
