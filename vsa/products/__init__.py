"""Products taken apart: which member of each of some codebooks was bound into a vector.

Every product is compared where there are few enough (search.py); beyond that a resonator network
looks for one (resonator.py). How sure that is follows from all of them (weighed.py).
"""
