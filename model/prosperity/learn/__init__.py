"""A small score model trained on features of stocks, judged against a straight line.

A file of features by day and code becomes samples; folds that walk forward train on the past, leave
a gap of the label's length, choose epochs on what follows and score what follows that. The network
is a simplified self-attention in front of a GRU, with a residual path; beside it, in the same run,
stand a plain GRU and a ridge regression. A model that does not beat the ridge says so.

Only :mod:`prosperity.learn.network` and :mod:`prosperity.learn.training` import torch (extra
``learn``), when a network is trained or scores. No worksheet function comes here: a sheet imports
the scores.
"""

from prosperity.learn.fitting import Fitted, fit
from prosperity.learn.samples import Samples, read_samples, samples_of
from prosperity.learn.scoring import score
from prosperity.learn.settings import LearnSettings

__all__ = ["Fitted", "LearnSettings", "Samples", "fit", "read_samples", "samples_of", "score"]
