"""Whatever stands in a file, reading it ends with data or with problems that have a place, and never breaks off."""

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime.checked import checked
from runtime.settings import Settings
from runtime.yamlfile import parse_yaml

WORDS = st.sampled_from([
    "a:", "b: 1", "- x", "{", "}", "[", "]", "&a", "*a", "<<: *a", "!!python/object:os.system", "? k", "|", ">", "'",
    '"', "\t", "---", "...", "%YAML 1.1", "key: value: more", "a: 1\na: 2", "\x00", "\ufeff", "é", "#",
    ": ", "null", "~",
])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=12).map("\n".join), st.lists(WORDS).map(" ".join))
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS)
@example("&a [*a]")
@example("a: &a {b: *a}")
@example("- " * 3000)
@example("[" * 3000)
@example("a: 1e999")
@example("2001-99-99")
def test_any_text_is_data_or_problems_with_a_place(text: str) -> None:
    located = parse_yaml(text, "config/x.yaml")

    for problem in located.problems:
        assert problem.where.startswith("config/x.yaml")
        assert problem.message
    checked(Settings, located)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(PLAIN)
def test_settings_of_any_shape_are_settings_or_problems_and_nothing_else(data: object) -> None:
    located = parse_yaml(yaml.safe_dump(data), "config/settings.yaml")

    value, problems = checked(Settings, located)

    assert (value is None) == bool([*located.problems, *problems])
