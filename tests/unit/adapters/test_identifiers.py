"""Ids that nobody has named."""

from itertools import count
from uuid import RFC_4122, UUID

from openbell.adapters.identifiers import Identifiers

MILLI = 1_000_000
NOW_NS = 1_763_858_000_123 * MILLI


def test_ids_are_uuids_of_version_7_and_no_two_are_alike():
    new_id = Identifiers(lambda: NOW_NS)
    made = [new_id() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert all(str(UUID(one)) == one and UUID(one).version == 7 and UUID(one).variant == RFC_4122 for one in made)


def test_ids_begin_with_the_time_they_were_made_at():
    new_id = Identifiers(count(NOW_NS, MILLI).__next__)
    made = [new_id() for _ in range(600)]
    assert made == sorted(made)
    assert UUID(made[-1]).int >> 80 == NOW_NS // MILLI + 599


def test_the_rest_of_an_id_is_left_to_chance():
    first, second = Identifiers(lambda: NOW_NS), Identifiers(lambda: NOW_NS)
    assert first()[15:] != second()[15:]
