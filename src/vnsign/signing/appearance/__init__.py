"""Pictures of visible signatures as the national rules on administrative documents describe them.

A template (:mod:`~vnsign.signing.appearance.templates`) is a frozen value of its data; :func:`~.draw.draw_appearance` lays it
out and gives a :class:`~vnsign.formats.pdf.appearance.Appearance`; :mod:`~.place` puts it where the rules say. Needs the extra
``report`` (ReportLab, segno).
"""
