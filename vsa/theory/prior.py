"""How likely "nothing" is before anyone has looked: the priors of P(nothing).

Without knowledge an answer that memory lacks is as likely as one that it holds. A place that is
known to be filled, such as the top of a stack, is filled by something that memory lacks only rarely.
"""

PRIOR_NOTHING = 0.5  # unless said otherwise
PRIOR_UNKNOWN = 0.05  # where a place is known to be filled
