"""Which places of a text are taken, against the plain way to tell."""

import random

from nlu.entities.found import Found, Taken, blanked, without_overlaps


def test_places_are_free_until_something_reaches_into_them():
    taken = Taken()
    assert taken.take(3, 6) and taken.take(6, 8) and taken.take(0, 1)
    assert not taken.take(5, 7) and not taken.take(2, 4) and not taken.take(0, 9)
    assert taken.is_free(1, 3) and not taken.is_free(7, 9) and taken.is_free(8, 9)


def test_without_overlaps_keeps_the_first_of_those_that_overlap():
    generator = random.Random(7)
    for _ in range(200):
        starts = [generator.randrange(40) for _ in range(generator.randrange(12))]
        found = [Found("date", start, start + generator.randrange(1, 9), str(start)) for start in starts]
        kept: list[Found] = []
        for one in found:
            if not any(one.start < other.end and other.start < one.end for other in kept):
                kept.append(one)
        assert without_overlaps(found) == sorted(kept, key=lambda one: one.start)


def test_blanked_keeps_the_length():
    assert blanked("내일 두 시에 와요", [(0, 2), (3, 7)]) == "        와요"
    assert blanked("", []) == ""
