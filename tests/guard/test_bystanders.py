"""Whose data a text holds: people who are no party to it, and those alone."""

import pytest

from guard.bystanders import People

EIGHT = "Maria de los Angeles Ruiz y Picasso Blasco"


def found(text: str, *others: str, parties: tuple[str, ...] = ()) -> list[str]:
    return list(People(parties, others).found_in(text))


@pytest.mark.parametrize(
    "text",
    ["99887766", "9988 77 66", "030 99887766", "49 30 99887766", "49 (0)30 99887766", "(030) 9988-7766", "0998.87766"],
)
def test_a_number_is_found_however_much_of_it_is_dialled(text: str) -> None:
    assert found(f"call {text} now", "+49 30 99887766") == ["a number that ends in 766"]


def test_the_last_seven_digits_are_enough_and_six_are_not() -> None:
    assert found("call 988-7766", "+49 30 99887766") == ["a number that ends in 766"]
    assert found("call 88-77-66", "+49 30 99887766") == []
    assert found("call 99887767 or 199887766", "+49 30 99887766") == []


def test_digits_that_could_be_a_partys_number_are_theirs() -> None:
    known = ("+44 20 1234567", "Eve Adams")
    assert found("call 1234567", *known, parties=("+49 30 1234567", "Ann Lee")) == []
    assert found("call 20 1234567", *known, parties=("+49 30 1234567",)) == ["a number that ends in 567"]
    assert found("call 1234567", *known, parties=("+49 30 7654321",)) == ["a number that ends in 567"]


def test_a_partys_own_number_is_never_a_bystanders() -> None:
    assert found("call 030 1234567 or +49 30 1234567", "+49 30 1234567", parties=("0049 30 1234567",)) == []


def test_only_numbers_are_looked_for_as_numbers() -> None:
    assert found("room 1234567", "Room 1234567", "a1234567@house.example") == ["room 1234567"]


def test_an_address_is_found_once_and_not_as_a_name_too() -> None:
    assert found("bob@house.example, mailto:bob@house.example", "bob@house.example") == ["bob@house.example"]
    assert found("+49 30 99887766", "+49 30 99887766") == ["+493099887766", "a number that ends in 766"]


def test_a_name_has_two_to_eight_words() -> None:
    assert found(f"for {EIGHT}", EIGHT) == [EIGHT.lower()]
    assert found(f"for {EIGHT} Junior", f"{EIGHT} Junior") == []
    assert found("for Cher", "Cher") == []


def test_whoever_has_the_name_of_a_party_is_no_bystander_in_either_order() -> None:
    assert found("Ann Lee and Lee Ann", "Ann Lee", parties=("Ann Lee",)) == []
    assert found("Ann Lee and Lee, Ann", "Ann Lee", parties=("Lee Ann",)) == ["ann lee"]
    assert found("Ann Lee and Lee, Ann", "Ann Lee") == ["ann lee", "lee ann"]


def test_without_anybody_who_is_known_only_addresses_and_international_numbers_are_found() -> None:
    assert found("Bob Stone, 030 99887766") == []
    assert found("bob@house.example, +49 30 99887766") == ["bob@house.example", "+493099887766"]
