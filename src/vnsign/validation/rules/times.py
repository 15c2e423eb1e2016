"""Times: the claimed signing time, the time-stamps, and how they stand to one another."""

from __future__ import annotations

from vnsign.model.facts import TimestampKind
from vnsign.model.moment import vietnam_text
from vnsign.model.report import TimestampReport
from vnsign.model.verdict import Indication, SubIndication
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Citation, Result, failed, indeterminate, not_applicable, passed, rule
from vnsign.validation.rules.law import cite

_SEVEN_HOURS = 7 * 3600
_ONE_HOUR = 3600
_WITH_TIME = Citation("ETSI EN 319 102-1 V1.4.1, 5.5.4")


def waits_for_status(report: TimestampReport) -> bool:
    """Whether a time-stamp lacks nothing but the revocation status of its authority."""
    return report.verdict.sub_indication is SubIndication.TRY_LATER


@rule(
    "time.claimed",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(cite("circular-15-2025", "Article 5(1)(d)"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def claimed(case: Case) -> Result:
    """The signature states a signing time."""
    if case.role is Role.TIMESTAMP or not case.facts.supported:
        return not_applicable()
    return failed() if case.facts.claimed_time is None else passed(time=vietnam_text(case.facts.claimed_time))


@rule(
    "time.zone",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(Citation("XML Schema Part 2, 3.2.7"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def zone(case: Case) -> Result:
    """The claimed signing time says its zone."""
    if case.role is Role.TIMESTAMP or case.facts.claimed_time is None:
        return not_applicable()
    return failed(time=vietnam_text(case.facts.claimed_time)) if case.facts.claimed_time_zone_assumed else passed()


@rule(
    "time.timestamp",
    block=Block.WITH_TIME,
    cites=(_WITH_TIME, cite("circular-15-2025", "Article 6(1)(g)")),
    on_fail=SubIndication.NO_POE,
)
def timestamp(case: Case) -> Result:
    """The time-stamp on the signature, where there is one, is valid."""
    mine = [item for item in case.timestamps if item.kind is TimestampKind.SIGNATURE]
    if not mine:
        return not_applicable()
    valid = [item for item in mine if item.verdict.indication is Indication.TOTAL_PASSED]
    if valid:
        return passed(time=vietnam_text(min(item.gen_time for item in valid)))
    first = mine[0]
    if any(waits_for_status(item) for item in mine):
        return not_applicable()  # said by time.timestamp-status
    return failed(time=vietnam_text(first.gen_time), reason=str(first.verdict.sub_indication))


@rule(
    "time.timestamp-status", block=Block.WITH_TIME, cites=(_WITH_TIME, Citation("RFC 3161, 4")), on_fail=SubIndication.TRY_LATER
)
def timestamp_status(case: Case) -> Result:
    """The status of the time-stamp authority's certificate is known, so that its time can be relied on."""
    mine = [item for item in case.timestamps if item.kind is TimestampKind.SIGNATURE]
    if not mine or any(item.verdict.indication is Indication.TOTAL_PASSED for item in mine):
        return passed() if mine else not_applicable()
    waiting = [item for item in mine if waits_for_status(item)]
    return indeterminate(time=vietnam_text(waiting[0].gen_time)) if waiting else not_applicable()


@rule(
    "time.local-as-utc",
    block=Block.WITH_TIME,
    cites=(Citation("RFC 5652, 11.3"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def local_as_utc(case: Case) -> Result:
    """The claimed time is not Vietnam's local time written as UTC (seven hours after the time-stamp)."""
    delta = _claimed_after_timestamp(case)
    if delta is None:
        return not_applicable()
    return failed(hours="7") if abs(delta - _SEVEN_HOURS) <= _ONE_HOUR else passed()


@rule("time.order", block=Block.WITH_TIME, cites=(_WITH_TIME,), on_fail=SubIndication.TIMESTAMP_ORDER_FAILURE)
def order(case: Case) -> Result:
    """The claimed time is not later than the time-stamp made over the signature."""
    delta = _claimed_after_timestamp(case)
    if delta is None or abs(delta - _SEVEN_HOURS) <= _ONE_HOUR:
        return not_applicable()
    return failed(seconds=int(delta)) if delta > case.policy.claimed_time_skew_seconds else passed()


@rule("time.timestamp-order", block=Block.WITH_TIME, cites=(_WITH_TIME,), on_fail=SubIndication.TIMESTAMP_ORDER_FAILURE)
def timestamp_order(case: Case) -> Result:
    """Valid time-stamps follow one another: content, then signature, then archive."""
    times = [
        (_PLACE[item.kind], item.gen_time)
        for item in case.timestamps
        if item.kind in _PLACE and item.verdict.indication is Indication.TOTAL_PASSED
    ]
    if len({place for place, _ in times}) < 2:
        return not_applicable()
    for place, moment in times:
        later = [other for at, other in times if at > place and other < moment]
        if later:
            return indeterminate(first=vietnam_text(moment), second=vietnam_text(later[0]))
    return passed()


_PLACE = {TimestampKind.CONTENT: 0, TimestampKind.SIGNATURE: 1, TimestampKind.ARCHIVE: 2}


def _claimed_after_timestamp(case: Case) -> float | None:
    mine = [item.gen_time for item in case.timestamps if item.kind is TimestampKind.SIGNATURE]
    if case.facts.claimed_time is None or not mine:
        return None
    return (case.facts.claimed_time - min(mine)).total_seconds()
