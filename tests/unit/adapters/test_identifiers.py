"""Ids that nobody has named."""

from uuid import RFC_4122, UUID

from openbell.adapters.identifiers import Identifiers


def test_ids_are_uuids_of_version_7_and_no_two_are_alike():
    new_id = Identifiers()
    made = [new_id() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert all(str(UUID(one)) == one and UUID(one).version == 7 and UUID(one).variant == RFC_4122 for one in made)


def test_ids_begin_with_the_time_they_were_made_at():
    new_id = Identifiers()
    times = [new_id()[:13] for _ in range(600)]
    assert times == sorted(times)
    assert UUID(new_id()).int >> 80 > 1_700_000_000_000


def test_the_rest_of_an_id_is_left_to_chance():
    first, second = Identifiers(), Identifiers()
    assert first()[15:] != second()[15:]
