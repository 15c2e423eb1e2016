"""Errors carry a code, a message and a hint, and survive a trip between processes."""

from __future__ import annotations

import pickle

import pytest

from vnsign import errors


def tree(kind):
    return [kind, *(item for child in kind.__subclasses__() for item in tree(child))]


@pytest.mark.parametrize("kind", [item for item in tree(errors.VnsignError) if item.__module__ == errors.__name__])
def test_errors_pickle_with_code_and_hint(kind):
    error = kind("what happened", code="CODE", hint="do this")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.message, copy.code, copy.hint) == (kind, "what happened", "CODE", "do this")


def test_every_error_class_has_a_code_of_its_own():
    codes = [item.default_code for item in tree(errors.VnsignError)]
    assert len(set(codes)) == len(codes)
    assert all(code and code == code.upper() for code in codes)
