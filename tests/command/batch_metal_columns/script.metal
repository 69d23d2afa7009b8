# Effects against each other: the model is that of METAL, not REML
SEPARATOR COMMAS
MARKER gene
EFFECT b
PVALUE p
WEIGHT n
SCHEME SAMPLESIZE
PROCESS x.csv
PROCESS y.csv
ANALYZE
