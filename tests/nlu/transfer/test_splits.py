import json
from collections import Counter

import pytest

from nlu.transfer.splits import RATIOS_6_2_2, Split, load_or_make, make_split

LABELS = ["a"] * 60 + ["b"] * 30 + ["c"] * 10


@pytest.mark.parametrize(("ratios", "sizes"), [((8, 1, 1), (80, 10, 10)), (RATIOS_6_2_2, (60, 20, 20))])
def test_every_label_is_split_in_the_same_ratios(ratios, sizes):
    split = make_split(LABELS, ratios=ratios)
    parts = (split.training, split.validation, split.test)
    assert tuple(map(len, parts)) == sizes
    assert sorted(row for part in parts for row in part) == list(range(100))
    for part, size in zip(parts, sizes):
        assert Counter(LABELS[row] for row in part) == {"a": size * 6 // 10, "b": size * 3 // 10, "c": size // 10}


def test_groups_are_not_torn_apart_and_sizes_still_fit():
    groups = [f"film {row % 25}" for row in range(100)]
    split = make_split(LABELS, groups, ratios=(6, 2, 2), seed=3)
    owners = [{groups[row] for row in part} for part in (split.training, split.validation, split.test)]
    assert not owners[0] & owners[1] and not owners[0] & owners[2] and not owners[1] & owners[2]
    assert [len(part) for part in (split.training, split.validation, split.test)] == [60, 20, 20]


def test_numbers_are_stratified_by_size():
    numbers = [float(i) for i in range(200)]
    split = make_split(numbers, ratios=(8, 1, 1))
    assert sorted(row // 20 for row in split.validation) == [i for i in range(10) for _ in range(2)]


def test_another_seed_gives_another_split_and_the_same_seed_the_same():
    assert make_split(LABELS, seed=1) == make_split(LABELS, seed=1)
    assert make_split(LABELS, seed=1).test != make_split(LABELS, seed=2).test


def test_no_test_part_where_none_is_asked_for():
    split = make_split(LABELS, ratios=(9, 1, 0))
    assert (len(split.training), len(split.validation), split.test) == (90, 10, ())


def test_a_saved_split_is_used_again_and_other_rows_are_refused(tmp_path):
    rows = [f"글 {i}" for i in range(100)]
    path = tmp_path / "splits" / "reviews.json"
    made = load_or_make(path, rows, LABELS)
    document = json.loads(path.read_text())
    document["test"], document["training"] = document["training"][:10], document["training"][10:] + document["test"]
    path.write_text(json.dumps(document))
    assert load_or_make(path, rows, LABELS).test == made.training[:10]  # read, not made anew
    assert Split.load(path).ratios == (8, 1, 1)
    with pytest.raises(ValueError, match="other rows"):
        load_or_make(path, [*rows[:-1], "다른 글"], LABELS)
    with pytest.raises(ValueError, match="other ratios"):
        load_or_make(path, rows, LABELS, ratios=(6, 2, 2))


def test_impossible_splits_are_refused():
    with pytest.raises(ValueError, match="8:1:1"):
        make_split(["a", "b"])
    with pytest.raises(ValueError, match="above 0"):
        make_split(LABELS, ratios=(0, 1, 1))
