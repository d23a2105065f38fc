"""The old place of `trimtab.compat.fair_transformer`: the same names."""

from trimtab.compat.fair_transformer import Results as Results
from trimtab.compat.fair_transformer import as_table as as_table
from trimtab.compat.fair_transformer import balanced_error_rate as balanced_error_rate
from trimtab.compat.fair_transformer import euclidean_distance as euclidean_distance
from trimtab.compat.fair_transformer import get_protected_distribution as get_protected_distribution
from trimtab.compat.fair_transformer import get_target_distribution as get_target_distribution
from trimtab.compat.fair_transformer import results as results
from trimtab.compat.fair_transformer import risk_difference as risk_difference
