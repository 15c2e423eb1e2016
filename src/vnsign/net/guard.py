"""Which addresses may be reached: every one that is not global is refused, after name resolution, unless it is allowed by name.

A document names the addresses of CRLs and certificates, and whoever wrote it would have a server inside the network ask its
neighbours (server-side request forgery). The gate stands where the socket is made, behind DNS, so that names, literals in any
spelling, IPv4 in IPv6 and redirects all pass it, and what was checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field

from vnsign.errors import ConfigurationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class AllowList:
    """Hosts and networks that may be reached although their addresses are not global.

    Attributes:
        hosts: host names, lower case: whatever they resolve to is allowed.
        networks: address ranges.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, *items: str) -> AllowList:
        """Read host names (``tsa.local``), addresses and CIDR ranges (``10.0.0.0/8``).

        Raises:
            ConfigurationError: an item is neither.
        """
        hosts, networks = set(), []
        for item in items:
            text = item.strip().lower().rstrip(".")
            try:
                networks.append(ipaddress.ip_network(text, strict=True))
            except ValueError:
                if not text or any(char in text for char in "/:@*?# \t"):
                    raise ConfigurationError(
                        f"{item!r} is neither a host name nor a range of addresses",
                        code="BAD_ALLOW_LIST",
                        hint="write a host without port (tsa.example.vn), an address, or a range (10.0.0.0/8)",
                    ) from None
                hosts.add(text)
        return cls(frozenset(hosts), tuple(networks))

    def allows(self, host: str, address: Address) -> bool:
        """Whether the address that the host resolved to is on the list."""
        if host.lower().rstrip(".") in self.hosts:
            return True
        return any(address.version == network.version and address in network for network in self.networks)


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries (mapped, compatible, 6to4, Teredo, NAT64); else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    compatible = int(address) >> 32 == 0 and int(address) > 1
    if compatible or any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_global(address: Address) -> bool:
    """Whether an address is of the public internet, and the IPv4 address inside it too. Multicast is not."""
    carried = inner(address)
    if carried is address:
        return address.is_global and not address.is_multicast and not address.is_reserved
    mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    return is_global(carried) and (mapped or not address.is_multicast)


def parse_address(text: str) -> Address | None:
    """The address of a literal, its zone left out; ``None`` for a name."""
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


class BlockedAddressError(OSError):
    """The gate refused to make a socket for an address."""


@dataclass(slots=True)
class Gate:
    """Makes the sockets of one connection attempt, and refuses to for addresses that may not be reached.

    Attributes:
        host: the name as asked for.
        allowed: what may be reached besides global addresses.
        refused: the addresses that were refused.
    """

    host: str
    allowed: AllowList
    refused: list[str] = field(default_factory=list)

    def __call__(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """Make the socket for an entry of ``getaddrinfo``.

        Raises:
            BlockedAddressError: its address may not be reached.
        """
        family, kind, protocol, _, target = info
        address = parse_address(str(target[0]))
        if address is None or not self.opens(address):
            self.refused.append(str(target[0]))
            raise BlockedAddressError(f"{target[0]} is not a global address")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    def opens(self, address: Address) -> bool:
        """Whether the address may be reached: it is global, or it, or the IPv4 address inside it, is allowed."""
        return is_global(address) or any(self.allowed.allows(self.host, item) for item in (address, inner(address)))
