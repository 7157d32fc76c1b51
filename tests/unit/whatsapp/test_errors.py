"""The table of Meta's errors, walked."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.channels.whatsapp.errors import RULES, RefusalKind, Rule, Scope, Verdict, classify

# Every code the reference names, by its class there. "P/O" is taken as P, "O, R late" as O.
RETRY = {
    *{1, 2, 4, 17, 32, 341, 613, 80007, 130429, 131000, 131016, 131047, 131053, 131056, 131057, 131208},
    *{132069, 133000, 133004, 133015, 134101, 139102, 2494100},
}
PERMANENT = {
    *{100, 130403, 130472, 130497, 131008, 131009, 131020, 131021, 131026, 131041, 131049, 131050, 131051},
    *{
        131052,
        131055,
        131059,
        131060,
        131062,
        131200,
        131201,
        132000,
        132001,
        132005,
        132008,
        132012,
        132018,
        134100,
        134102,
    },
    *{135000, 137000, 138000, 138999, 139000, 139101},
}
OPERATOR = {
    *{0, 3, 10, 33, 102, 104, 190, 200, 250, 299, 368, 131005, 131030, 131031, 131037, 131042, 131044, 131045, 131048},
    *{131063, 131064, 132007, 132015, 132016, 132068, 133005, 133006, 133008, 133009, 133010, 133016, 134011, 141002},
    *{147001, 147005, 2388000, 2388019, 2388293, 2388299, 2593107, 2593109},
}
FEW = {1, 131000, 131047, 131053}


@pytest.mark.parametrize(
    ("kind", "codes"),
    [(RefusalKind.RETRY, RETRY), (RefusalKind.PERMANENT, PERMANENT), (RefusalKind.OPERATOR, OPERATOR)],
)
def test_every_code_of_the_reference(kind: RefusalKind, codes: set[int]) -> None:
    found = {code: classify(code, 400) for code in codes}
    assert {code for code, verdict in found.items() if verdict.kind is not kind} == set()
    assert {code for code, verdict in found.items() if verdict.few} == FEW & codes
    assert all(verdict.known and verdict.meaning for verdict in found.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.first))
def test_each_rule_is_met_by_its_code_whatever_the_status(rule: Rule) -> None:
    assert rule.first <= rule.last
    for status in (None, 400, 401, 500, 503):
        assert classify(rule.first, status, True) == rule.verdict


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.first))
def test_each_rule_tells_people_in_both_languages_and_names_whom_it_is_about(rule: Rule) -> None:
    verdict = rule.verdict
    assert verdict.reason.en != verdict.reason.es
    assert (verdict.remedy is not None) == (verdict.kind is RefusalKind.OPERATOR)
    assert verdict.kind is not RefusalKind.PERMANENT or verdict.scope is Scope.NOTHING
    assert verdict.kind is not RefusalKind.OPERATOR or verdict.scope is not Scope.NOTHING


def test_no_rule_is_beyond_the_reference() -> None:
    assert {rule.first for rule in RULES} - RETRY - PERMANENT - OPERATOR == set()


@pytest.mark.parametrize(
    ("scope", "codes"),
    [
        (Scope.CONTACT, {131030, 131056, 131208}),
        (Scope.NUMBER, {130429, 131037, 131048, 131057, 133010}),
        (Scope.ACCOUNT, {80007, 368, 131031, 131042}),
        (Scope.APP, {0, 3, 4, 17, 32, 190, 341, 613}),
        (Scope.TEMPLATE, {132007, 132015, 132016, 131063}),
    ],
)
def test_whom_a_code_is_about(scope: Scope, codes: set[int]) -> None:
    assert {classify(code).scope for code in codes} == {scope}


def test_no_code_has_two_rules_of_one_width() -> None:
    spans = sorted((rule.first, rule.last) for rule in RULES)
    assert len(spans) == len(set(spans))
    single = [first for first, last in spans if first == last]
    wide = [(first, last) for first, last in spans if first < last]
    assert len(single) == len(set(single))
    assert all(one[1] < other[0] for one, other in pairwise(wide))


@pytest.mark.parametrize(
    ("code", "status", "transient", "kind", "few"),
    [
        (999999, 400, False, RefusalKind.PERMANENT, False),
        (999999, None, False, RefusalKind.PERMANENT, False),
        (999999, 400, True, RefusalKind.RETRY, True),
        (999999, 500, False, RefusalKind.RETRY, True),
        (999999, 429, False, RefusalKind.RETRY, True),
        (None, 429, False, RefusalKind.RETRY, True),
        (None, 408, False, RefusalKind.RETRY, True),
        (None, 404, False, RefusalKind.OPERATOR, False),
        (None, 302, False, RefusalKind.OPERATOR, False),
        (None, None, False, RefusalKind.PERMANENT, False),
    ],
)
def test_unknown_codes(code: int | None, status: int | None, transient: bool, kind: RefusalKind, few: bool) -> None:
    verdict = classify(code, status, transient)
    assert (verdict.kind, verdict.few, verdict.known) == (kind, few, False)


@given(st.none() | st.integers(), st.none() | st.integers(100, 599), st.booleans())
def test_there_is_always_a_verdict(code: int | None, status: int | None, transient: bool) -> None:
    verdict = classify(code, status, transient)
    assert isinstance(verdict, Verdict)
    assert not verdict.few or verdict.kind is RefusalKind.RETRY
