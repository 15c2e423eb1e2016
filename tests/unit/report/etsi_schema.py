"""The XML schema of TS 119 102-2, out of the libraries of EU DSS: it is ETSI's and no part of this project."""

from __future__ import annotations

import os
import re
import zipfile
from functools import cache

import pytest
from interop.dss_program import BUILD, UnavailableError, build, missing
from lxml import etree

_FILES = {
    "http://www.w3.org/2000/09/xmldsig#": ("specs-xmldsig", "xmldsig-core-schema.xsd"),
    "http://www.w3.org/XML/1998/namespace": ("specs-xmldsig", "xml.xsd"),
    "http://uri.etsi.org/01903/v1.3.2#": ("specs-xades", "XAdES01903v132-202407.xsd"),
    "http://uri.etsi.org/02231/v2#": ("specs-trusted-list-v211", "ts_119612v020101_xsd.xsd"),
    "http://uri.etsi.org/19102/v1.4.1#": ("specs-validation-report", "TS119102-2-v141.xsd"),
}
_IMPORT = re.compile(rb'namespace="([^"]+)"\s+schemaLocation="[^"]+"')


@cache
def schema() -> etree.XMLSchema:
    """The schema, with what it imports. Skips where EU DSS cannot be built, fails there in CI if Java and Maven are had."""
    if (absent := missing()) != "":
        pytest.skip(f"the schema comes with EU DSS, and {absent} is not installed")
    try:
        build()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"EU DSS cannot be built: {reason}")
        pytest.skip(f"EU DSS cannot be built: {reason}")
    resolver = _Archives()
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(resolver)
    return etree.XMLSchema(etree.fromstring(_text("http://uri.etsi.org/19102/v1.4.1#"), parser))


def _text(namespace: str) -> bytes:
    library, name = _FILES[namespace]
    (archive,) = (BUILD / "lib").glob(f"{library}-[0-9]*.jar")
    with zipfile.ZipFile(archive) as opened:
        text = opened.read(f"xsd/{name}")
    # Imports name places in the network: here they name the namespace, which is found in the archives.
    return _IMPORT.sub(lambda found: b'namespace="%s" schemaLocation="archive:%s"' % (found[1], found[1]), text)


class _Archives(etree.Resolver):
    def resolve(self, url: str, public_id: str, context: object) -> object:
        if url.startswith("archive:"):
            return self.resolve_string(_text(url.removeprefix("archive:")), context)
        return None
