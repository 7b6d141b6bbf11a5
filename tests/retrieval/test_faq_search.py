import numpy as np

from retrieval.faq_search import _first_of_highest


def test_the_first_of_equal_values_of_each_run():
    values = np.array([1.0, 3.0, 3.0, 0.0, 5.0, 2.0, 2.0])
    assert _first_of_highest(values, np.array([0, 3, 4]), np.array([3, 1, 3])).tolist() == [1, 3, 4]
    assert _first_of_highest(values[5:], np.array([0, 1]), np.array([1, 1])).tolist() == [0, 1]
