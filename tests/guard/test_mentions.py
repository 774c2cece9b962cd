"""What a text names: it is found as it is written, without the signs that only end a sentence, and up to a length."""

import pytest

from guard.mentions import mentions, named

ANN = "ann@house.example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://house.example/jobs.", "https://house.example/jobs"),
        ("(https://house.example/jobs/)", "https://house.example/jobs/"),
        ("https://house.example/a- and more", "https://house.example/a-"),
        (f"Write to {ANN}!", ANN),
        ("Call +49 30 1234567 (office).", "+49 30 1234567"),
        ("Call +49 30 1234567 - now.", "+49 30 1234567"),
        ("https://house.example\\@else.example/ is a trick", None),
        ("nobody@ and +1 2 are nothing", None),
    ],
)
def test_an_address_a_link_and_a_number_are_found_as_they_are_written(text: str, found: str | None) -> None:
    assert list(mentions(text)) == ([found] if found else [])


def test_a_text_is_looked_at_up_to_its_200000th_character() -> None:
    assert list(mentions(ANN.rjust(200_000))) == [ANN]
    assert list(mentions(f"{ANN}x".rjust(200_001))) == [ANN]
    assert list(mentions(f"{ANN}".rjust(200_100))) == []
    assert list(named("'Ann Lee'".rjust(200_001))) == []
