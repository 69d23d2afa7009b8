# what both files have in common
MARKER SNP
ALLELE A1 A2
EFFECT BETA
STDERR SE
SCHEME STDERR
RETURN
nonsense behind RETURN is not read
