"""Propagation of trust under any sequence of observations, by Hypothesis."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guard.labels import Origins
from guard.mentions import mentions
from guard.normal import kinds, normal
from tests.guard.test_labels import a_tool

TRUSTED = ("ann@house.example", "https://house.example/jobs", "C-0001", "+49301234567", "docs/plan.md", 42)
TARGETS = ("evil@else.example", "https://else.example/", "C-6666", "+49309999999", "docs/evil.md", 666)

values = st.one_of(st.sampled_from([*TRUSTED, *TARGETS]), st.text(max_size=30), st.integers(), st.booleans())
texts = st.builds("{} {}, {}".format, values, values, values)
nested: st.SearchStrategy[Any] = st.recursive(
    values | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(values.map(str), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(nested, max_size=6))
def test_no_sequence_of_untrusted_observations_makes_anything_trusted_or_untrusted(seen: list[Any]) -> None:
    origins = Origins()
    origins.trust(list(TRUSTED), "plan")
    before = origins.snapshot()["trusted"]
    for number, one in enumerate(seen):
        origins.see(one, f"tool a, call {number}")
        origins.from_result(a_tool(), f"b-{number}", one)
        origins.from_result(a_tool("never.*.there"), f"c-{number}", one)

    assert origins.snapshot()["trusted"] == before
    assert not any(origins.label(target).trusted for target in TARGETS)
    assert all(origins.label(value).trusted for value in TRUSTED)


@given(st.lists(values, min_size=1, max_size=6))
def test_a_list_is_trusted_exactly_if_each_of_its_items_is(asked: list[Any]) -> None:
    origins = Origins()
    origins.trust(list(TRUSTED), "plan")
    assert origins.label(asked).trusted == all(origins.label(one).trusted for one in asked)


@given(st.sampled_from(TRUSTED), st.sampled_from(TARGETS), st.sampled_from([", ", ";", "\n", "\r\n", " ,"]))
def test_a_target_never_rides_along_with_a_trusted_value(good: Any, bad: Any, sign: str) -> None:
    origins = Origins()
    origins.trust(list(TRUSTED), "plan")
    assert not origins.label(f"{good}{sign}{bad}").trusted
    assert not origins.label(f"{bad}{sign}{good}").trusted


@given(st.sampled_from([one for one in TRUSTED if isinstance(one, str)]), st.data())
def test_a_trusted_text_with_one_character_that_is_not_seen_is_not_trusted(good: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(good)))
    mark = data.draw(st.sampled_from("\u200b\u200d\u202e\u2066\ufeff\u00ad\U000e0061\ufe0f"))
    origins = Origins()
    origins.trust(list(TRUSTED), "plan")
    assert not origins.label(good[:at] + mark + good[at:]).trusted


@given(nested)
def test_labels_and_snapshots_never_fail_and_come_back_the_same(value: Any) -> None:
    origins = Origins()
    origins.trust(value, "plan")
    origins.see(value, "tool a")
    again = Origins.of(json.loads(json.dumps(origins.snapshot())))
    assert again.label(value) == origins.label(value)


@given(st.text(max_size=200))
def test_what_a_text_mentions_is_an_address_by_itself(text: str) -> None:
    for mention in mentions(text):
        assert normal(mention).kind in ("mail", "url", "phone")
        assert kinds(mention)[0] == normal(mention)
