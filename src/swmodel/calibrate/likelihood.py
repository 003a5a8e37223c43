"""How likely what a survey found is, if the model's number were the truth: log-likelihoods of one observation.

Every function takes the model's number as an array of any shape and returns the logarithm of the density or probability
of the observation, in the same shape; a number that cannot be true gives -inf. Constants are kept, so that values of
different likelihoods may be compared.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, expit, gammaln, logit, logsumexp, xlog1py, xlogy

Numbers = NDArray[np.float64]
NODES = 400  # of Gauss-Legendre quadrature over the spread between studies: narrow enough for 10,000 people asked
FAR = 8.0  # standard deviations of the spread that are integrated over
NORMAL_95 = 1.959963984540054  # standard errors from the middle of a 95 % interval to its end


def binomial(positive: float, asked: float, share: ArrayLike) -> Numbers:
    """`positive` of `asked` people, each with the chance `share`; both counts may be fractions of weighted surveys."""
    p = proportion(share)
    return coefficient(positive, asked) + xlogy(positive, p) + xlog1py(asked - positive, -p)


def beta_binomial(positive: float, asked: float, share: ArrayLike, design_effect: float) -> Numbers:
    """The same where people in one place are alike: the variance is `design_effect` times that of the binomial.

    1 + (asked - 1) rho is the design effect, with rho the correlation of two people asked. Raises ValueError for one
    below 1, or at or above the number asked (everybody the same).
    """
    if design_effect == 1.0:
        return binomial(positive, asked, share)
    if not 1.0 <= design_effect < asked:
        raise ValueError(f"a design effect of {design_effect:g} is impossible with {asked:g} people asked")
    rho = (design_effect - 1.0) / (asked - 1.0)
    p, more = proportion(share), (1.0 - rho) / rho
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = betaln(positive + p * more, asked - positive + (1.0 - p) * more) - betaln(p * more, (1.0 - p) * more)
    edge = binomial(positive, asked, p)  # at 0 and 1 nobody differs, whatever the place
    return np.where((p > 0.0) & (p < 1.0), coefficient(positive, asked) + inside, edge)


def normal(observed: float, expected: ArrayLike, error: float) -> Numbers:
    """A number with a standard error."""
    distance = (observed - np.asarray(expected, float)) / error
    return np.asarray(-0.5 * distance * distance - math.log(error) - 0.5 * math.log(2.0 * math.pi))


def between_studies(positive: float, asked: float, share: ArrayLike, design_effect: float, spread: float) -> Numbers:
    """A survey among others that disagree by more than chance: its own truth lies about the model's on the logit scale.

    `spread` is the standard deviation between studies (South Africa: 0.71). The place of the study is integrated out.
    """
    if spread == 0.0:
        return beta_binomial(positive, asked, share, design_effect)
    at, weights = np.polynomial.legendre.leggauss(NODES)
    with np.errstate(divide="ignore"):
        middle = logit(proportion(share))[..., None]
    found = (positive + 0.5) / (asked + 1.0)
    found_at, width = float(logit(found)), math.sqrt(design_effect / (asked * found * (1.0 - found)))
    low, high = middle - FAR * spread, middle + FAR * spread
    near = np.maximum(low, found_at - FAR * 1.5 * width), np.minimum(high, found_at + FAR * 1.5 * width)
    low, high = (np.where(near[0] < near[1], end, far) for end, far in zip(near, (low, high), strict=True))
    with np.errstate(invalid="ignore"):
        places = 0.5 * (low + high) + 0.5 * (high - low) * at
        log_weights = np.log(weights) + np.log(0.5 * (high - low)) + normal(0.0, (places - middle) / spread, 1.0)
    inside = beta_binomial(positive, asked, expit(np.where(np.isfinite(places), places, middle)), design_effect)
    total = logsumexp(inside + log_weights, axis=-1) - math.log(spread)
    sure = ~np.isfinite(middle[..., 0])  # 0 or 1 in the model is 0 or 1 in every study
    return np.where(sure, beta_binomial(positive, asked, share, design_effect), total)


def proportion(share: ArrayLike) -> Numbers:
    """A share as an array. Raises ValueError outside 0 to 1."""
    p = np.asarray(share, float)
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError("a share lies from 0 to 1")
    return p


def coefficient(positive: float, asked: float) -> float:
    """The logarithm of the binomial coefficient, of counts that may be fractions."""
    return float(gammaln(asked + 1.0) - gammaln(positive + 1.0) - gammaln(asked - positive + 1.0))
