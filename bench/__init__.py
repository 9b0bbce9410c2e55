"""The benchmark: `make bench` prints, as ratios of one run, what Muster costs beside the least that the same work can cost."""
