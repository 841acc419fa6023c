"""The algebras beside hrr, each a file of formulas; a space imports the one that it is made with.

fhrr.py          phasors (Plate 1995, in the frequency domain)
map.py           multiply, add, permute: MAP-I, MAP-C, MAP-B (Gayler 1998)
ties.py          how the signs of sums fall where they are zero
bsc.py           binary spatter codes, bits packed in words (Kanerva 1996)
vtb.py           vector-derived transformation binding, VTB and TVTB (Gosmann and Eliasmith 2019)
ghrr.py          blocks of unitary matrices (Yeung et al. 2024)
mbat.py          matrices of their own for keys (Gallant and Okaywe 2013)
tensor.py        tensor products, up to a rank (Smolensky 1990)
blocks.py        one-hot blocks, SBC (Laiho et al. 2015; Frady et al. 2021)
sparse.py        few ones among packed bits: what the codes of bsdc.py share
bsdc.py          sparse codes: segments, shifts, context-dependent thinning (Rachkovskij and Kussul 2001)
levels.py        numbers modulo r in bytes, counted: what blocks.py and modular.py share
modular.py       numbers modulo r: MCR (Snaider and Franklin 2014) and CGR (Yu et al. 2022)
"""
