"""A brief run of every fuzz target, repeatable; ``make fuzz`` runs them longer. Nothing but our own exceptions may leave."""

from __future__ import annotations

import importlib
import random

import pytest
from fuzz import der, harness
from fuzz.__main__ import TARGETS
from fuzz.mutate import mutate

from vnsign.errors import ConfigurationError

SECONDS = 1.2
MOST_SEEDS = 40


@pytest.mark.parametrize("name", TARGETS)
def test_no_mutated_input_brings_a_parser_down(name: str) -> None:
    module = importlib.import_module(f"fuzz.targets.{name}")
    seeds = module.SEEDS()
    found = harness.run(module.target, seeds[:: max(1, len(seeds) // MOST_SEEDS)], seconds=SECONDS, seed=20260601)
    assert found.defects == {}
    assert found.runs > 0


def test_the_harness_tells_defects_from_refusals() -> None:
    def broken(data: bytes) -> str:
        if data == b"a":
            raise ConfigurationError("ours", code="OURS")
        if data == b"b":
            raise KeyError("not ours")
        while data == b"c":
            pass
        return "fine"

    assert harness.attempt(broken, b"a") == ("OURS", "")
    assert harness.attempt(broken, b"b")[1].startswith("KeyError at test_fuzz.py")
    assert harness.attempt(broken, b"c", budget=0.1)[1] == "over budget of 0.1 s"
    assert harness.attempt(broken, b"d") == ("fine", "")


def test_defects_are_saved_and_counted_once(tmp_path) -> None:
    def broken(data: bytes) -> str:
        raise KeyError(data)

    found = harness.run(broken, [b"one", b"two"], seconds=0.05, folder=tmp_path)
    ((description, path),) = found.defects.items()
    assert description.startswith("KeyError")
    assert path is not None
    assert path.read_bytes() == b"one"
    assert (tmp_path / "current").exists()


def test_mutations_are_repeatable_and_keep_the_structure_of_der() -> None:
    from fuzz import seeds

    certificate = seeds.pki().certificate("citizen").der
    assert b"".join(node.dump() for node in der.parse(certificate) or []) == certificate
    first, second = (
        [mutate(certificate, chance, [certificate]) for _ in range(50)] for chance in (random.Random(5), random.Random(5))
    )
    assert first == second
    assert len(set(first)) > 40
    assert sum(der.parse(item) is not None for item in first) > 15


def test_every_target_says_what_it_is_for() -> None:
    for name in TARGETS:
        module = importlib.import_module(f"fuzz.targets.{name}")
        assert module.__doc__
        assert callable(module.target)
        assert all(isinstance(item, bytes) for item in module.SEEDS())
