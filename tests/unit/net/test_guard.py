"""Which addresses pass the gate."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import ConfigurationError
from vnsign.net.guard import AllowList, BlockedAddressError, Gate, is_global, parse_address


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet_are_refused_also_inside_ipv6(text: str):
    address = parse_address(text)
    assert address is not None
    assert not is_global(address)
    with pytest.raises(BlockedAddressError):
        Gate("example.vn", AllowList())((2 if address.version == 4 else 10, 1, 6, "", (text, 80)))


@pytest.mark.parametrize("text", ["8.8.8.8", "203.162.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_global_addresses_pass(text: str):
    address = parse_address(text)
    assert address is not None
    assert is_global(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_and_its_mapped_form_are_judged_alike(address: ipaddress.IPv4Address):
    assert is_global(ipaddress.IPv6Address(f"::ffff:{address}")) == is_global(address)


def test_what_is_no_address_makes_no_socket():
    with pytest.raises(BlockedAddressError):
        Gate("example.vn", AllowList.of("example.vn"))((2, 1, 6, "", ("example.vn", 80)))


def test_an_allowed_range_opens_its_addresses_and_no_others():
    gate = Gate("tsa.local", AllowList.of("10.20.0.0/16"))
    with gate((2, 1, 6, "", ("10.20.3.4", 80))):
        pass
    with gate((10, 1, 6, "", ("::ffff:10.20.3.4", 80, 0, 0))):
        pass
    with pytest.raises(BlockedAddressError):
        gate((2, 1, 6, "", ("10.21.0.1", 80)))
    assert gate.refused == ["10.21.0.1"]


def test_an_allowed_host_opens_whatever_it_resolves_to_and_no_other_host():
    allowed = AllowList.of("TSA.local.")
    with Gate("tsa.LOCAL", allowed)((2, 1, 6, "", ("10.0.0.1", 80))):
        pass
    with pytest.raises(BlockedAddressError):
        Gate("other.local", allowed)((2, 1, 6, "", ("10.0.0.1", 80)))


@pytest.mark.parametrize("item", ["http://tsa.local", "tsa.local:80", "*", "", "*.gov.vn", "10.0.0.1/8", "a b"])
def test_an_allow_list_item_that_is_neither_host_nor_range_is_refused(item: str):
    with pytest.raises(ConfigurationError, match="neither"):
        AllowList.of(item)
