"""Calibration: priors, likelihoods of surveys, and samplers of the posterior behind one ask/tell interface."""
