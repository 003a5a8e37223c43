"""Classes of people by their own hazard of leaving sex work, against the gamma distribution that they divide."""

import numpy as np
import pytest
from scipy import stats

from swmodel.projection import ALIKE, CLASSES, classes


@pytest.mark.case("28")
@pytest.mark.parametrize("shape", [1.5, 2.0, 3.0, 30.0, 940.5, 999.9])
def test_classes_divide_a_gamma(shape: float) -> None:
    """Shares and edges are those of the gamma of mean 1, and harmonic means add up to its own, shape / (shape - 1).

    A grid of 4,000 points: shares within 0.5 %, the harmonic mean within 1e-5. Planted: a dense gamma has no density.
    """
    edges, weight, mean = classes(shape)
    cdf = stats.gamma(shape, scale=1.0 / shape).cdf(edges)
    assert len(weight) == len(mean) == len(edges) + 1 == CLASSES
    assert np.abs(np.cumsum(weight)[:-1] - cdf).max() < 0.005
    assert weight.sum() == pytest.approx(1.0, rel=1e-12)
    assert (weight / mean).sum() == pytest.approx(shape / (shape - 1.0), rel=1e-5)
    assert (mean[:-1] < edges).all() and (edges < mean[1:]).all()


def test_everybody_alike_is_one_class() -> None:
    """From a shape of 1000 on there is one class, of hazard 1. Exact."""
    edges, weight, mean = classes(ALIKE)
    assert (len(edges), weight.tolist(), mean.tolist()) == (0, [1.0], [1.0])
