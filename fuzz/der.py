"""Mutation of DER that keeps the lengths right, so that changes reach the fields and not only the outermost length."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

_DEEPEST = 24
_MOST = 4000
_LARGEST_REPEATED = 2000


@dataclass
class Node:
    """One element: its tag, and its content or its children."""

    tag: int
    content: bytes = b""
    children: list[Node] = field(default_factory=list)

    def dump(self) -> bytes:
        """DER of the element."""
        inside = b"".join(item.dump() for item in self.children) if self.children else self.content
        return bytes([self.tag]) + _length(len(inside)) + inside


def parse(data: bytes) -> list[Node] | None:
    """The elements of DER; ``None`` for anything else. OCTET STRINGs and BIT STRINGs that hold DER are opened too."""
    budget = [_MOST]
    return _parse(data, 0, budget)


def mutate(data: bytes, random: Random, others: list[bytes]) -> bytes | None:
    """One or two changes to the tree; ``None`` where the bytes are no DER."""
    roots = parse(data.rstrip(b"\0"))
    if not roots:
        return None
    for _ in range(random.choice((1, 1, 2, 4))):
        _change(roots, random, others)
    return b"".join(item.dump() for item in roots)


def _change(roots: list[Node], random: Random, others: list[bytes]) -> None:
    places = list(_places(roots))
    siblings, number = random.choice(places)
    node = siblings[number]
    how = random.randrange(8)
    if how == 0:
        del siblings[number]
    elif how == 1:
        siblings.insert(number, copy.deepcopy(node))
    elif how == 2:
        other, index = random.choice(_places(_donor(random.choice(others))) if others else places)
        siblings[number] = copy.deepcopy(other[index])  # a node in two places could come to hold itself
    elif how == 3:
        node.tag = random.choice((2, 3, 4, 5, 6, 12, 23, 24, 48, 49, 0xA0, 0xA1, 0x80, node.tag ^ 0x20, random.randrange(256)))
    elif how == 4:
        node.children, node.content = [], random.choice((b"", b"\0", b"\xff" * 9, b"\x80" * 40, node.content * 40))
    elif how == 5 and node.content:
        spot = random.randrange(len(node.content))
        node.content = node.content[:spot] + bytes([random.randrange(256)]) + node.content[spot + 1 :]
    elif how == 6 and len(node.dump()) < _LARGEST_REPEATED:
        siblings[number : number + 1] = [copy.deepcopy(node) for _ in range(random.choice((2, 20, 300)))]
    else:
        siblings[number] = Node(node.tag | 0x20, children=[node])
    if not roots:
        roots.append(Node(48))


@lru_cache(maxsize=256)
def _donor(data: bytes) -> list[Node]:
    return parse(data) or [Node(5)]


def _places(nodes: list[Node]) -> list[tuple[list[Node], int]]:
    found: list[tuple[list[Node], int]] = []
    waiting = [nodes]
    while waiting and len(found) < _MOST:
        siblings = waiting.pop()
        for number, node in enumerate(siblings):
            found.append((siblings, number))
            if node.children:
                waiting.append(node.children)
    return found


def _parse(data: bytes, depth: int, budget: list[int]) -> list[Node] | None:
    found = []
    at = 0
    while at < len(data):
        budget[0] -= 1
        read = _header(data, at)
        if read is None or depth > _DEEPEST or budget[0] < 0:
            return None
        start, end = read
        content = data[start:end]
        node = Node(data[at], content)
        if data[at] & 0x20 or (data[at] in (4, 3) and len(content) > 2):
            node.children = _parse(content, depth + 1, budget) or []
        found.append(node)
        at = end
    return found


def _header(data: bytes, at: int) -> tuple[int, int] | None:
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        return None
    first, start = data[at + 1], at + 2
    if first >= 0x80:
        count = first & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            return None
        first, start = int.from_bytes(data[start : start + count], "big"), start + count
    return (start, start + first) if start + first <= len(data) else None


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets
